// What is sent on an HTTP/2 connection, and its events as its owner takes them.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "proxy/http2_session.h"

namespace squall::proxy {

using policies::HeaderField;

namespace {

nghttp2_nv pair_of(std::string_view name, std::string_view value) {
  // Nothing is changed through these pointers: nghttp2 copies.
  return {reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
          reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())), name.size(),
          value.size(), NGHTTP2_NV_FLAG_NONE};
}

/// Fields that are HTTP/1.1's own way of saying what frames say here.
bool is_of_connection(const HeaderField& field) {
  return field.name == "transfer-encoding" || field.name == "connection" || field.name == "host" ||
         field.name == "keep-alive" || field.name == "upgrade" ||
         field.name == "proxy-connection" || (field.name == "te" && field.value != "trailers");
}

/// Pseudo-headers first, as a list that is used again and again.
struct Fields {
  std::vector<nghttp2_nv> list;

  void start() { list.clear(); }
  void add(std::string_view name, std::string_view value) { list.push_back(pair_of(name, value)); }
  void add(const std::vector<HeaderField>& headers) {
    for (const HeaderField& field : headers) {
      if (!is_of_connection(field)) add(field.name, field.value);
    }
  }
};

Fields& fresh_fields() {
  thread_local Fields fields;
  fields.start();
  return fields;
}

struct StatusText {
  char text[8];
  std::size_t size;
  explicit StatusText(std::uint16_t status)
      : text(), size(static_cast<std::size_t>(std::to_chars(text, text + 8, status).ptr - text)) {}
  std::string_view view() const { return {text, size}; }
};

}  // namespace

void Http2Stream::reset() {
  id = 0;
  tag = kNoTag;
  withheld = 0;
  status = 0;
  head.clear();
  trailers.clear();
  length.reset();
  head_done = false;
  head_bytes = fields = 0;
  out.clear();
  out_trailers.clear();
  out_text.clear();
  out_ended = deferred = sent_trailers = reset_when_sent = refused = closed = false;
  fault = Http2Fault::kNone;
}

/// Takes what waits of a stream's body.
struct Http2Output {
  static ssize_t read_body(nghttp2_session* session, std::int32_t id, std::uint8_t* to,
                           std::size_t most, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user) {
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    const std::size_t size = std::min(most, stream.out.size());
    std::memcpy(to, stream.out.view().data(), size);
    if (size > 0) {
      stream.out.consume(size);
      static_cast<Http2*>(user)->note(Http2Event::Kind::kDrained, &stream);
    }
    if (!stream.out.empty()) return static_cast<ssize_t>(size);
    if (stream.out_ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!stream.out_trailers.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        Fields& fields = fresh_fields();
        fields.add(stream.out_trailers);
        nghttp2_submit_trailer(session, id, fields.list.data(), fields.list.size());
      }
    } else if (size == 0) {
      stream.deferred = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    return static_cast<ssize_t>(size);
  }
};

Http2::Http2(Role role, const Http2Limits& limits)
    : role_(role), limits_(limits), session_(new_session(*this, role, limits)) {
  const bool server = role == Role::kServer;
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
      {server ? NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS : NGHTTP2_SETTINGS_ENABLE_PUSH,
       server ? limits.streams : 0}};
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings));
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(limits.connection_window));
}

Http2::~Http2() { nghttp2_session_del(session_); }

Http2Stream& Http2::take(std::int32_t id) {
  Http2Stream& stream = streams_.take();
  stream.id = id;
  return stream;
}

void Http2::note(Http2Event::Kind kind, Http2Stream* stream, std::uint32_t code, bool end) {
  if (!events_.empty()) {  // the end of a body belongs to its last piece
    Http2Event& last = events_.back();
    const bool again = last.kind == kind && last.stream == stream && next_ < events_.size();
    if (again && kind == Http2Event::Kind::kDrained) return;
    if (again && kind == Http2Event::Kind::kData && end) {
      last.end = true;
      return;
    }
  }
  events_.push_back({.kind = kind, .end = end, .code = code, .stream = stream});
}

bool Http2::receive(std::string_view bytes) {
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  return nghttp2_session_mem_recv(session_, data, bytes.size()) ==
         static_cast<ssize_t>(bytes.size());
}

std::optional<Http2Event> Http2::next_event() {
  if (closing_ != nullptr) {
    streams_.give_back(*closing_);
    closing_ = nullptr;
  }
  if (next_ == events_.size()) {
    events_.clear();
    next_ = 0;
    return std::nullopt;
  }
  const Http2Event event = events_[next_++];
  if (event.kind == Http2Event::Kind::kClosed) closing_ = event.stream;
  return event;
}

Http2Stream* Http2::open(const policies::KeptRequest& request, bool end, std::uint64_t tag) {
  Http2Stream& stream = take(0);
  stream.out_ended = end;
  Fields& fields = fresh_fields();
  fields.add(":method", request.method);
  fields.add(":scheme", request.scheme);
  fields.add(":authority", request.authority);
  fields.add(":path", request.path);
  fields.add(request.headers);
  const nghttp2_data_provider body{{.ptr = &stream}, &Http2Output::read_body};
  stream.id = nghttp2_submit_request(session_, nullptr, fields.list.data(), fields.list.size(),
                                     end ? nullptr : &body, &stream);
  if (stream.id < 0) {
    streams_.give_back(stream);
    return nullptr;
  }
  stream.tag = tag;
  return &stream;
}

void Http2::send_interim(Http2Stream& stream, std::uint16_t status) {
  const StatusText text(status);
  Fields& fields = fresh_fields();
  fields.add(":status", text.view());
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, fields.list.data(),
                         fields.list.size(), nullptr);
}

void Http2::send_head(Http2Stream& stream, std::uint16_t status,
                      const std::vector<HeaderField>& headers, bool end) {
  const StatusText text(status);
  Fields& fields = fresh_fields();
  fields.add(":status", text.view());
  fields.add(headers);
  const nghttp2_data_provider body{{.ptr = &stream}, &Http2Output::read_body};
  stream.out_ended = end;
  nghttp2_submit_response(session_, stream.id, fields.list.data(), fields.list.size(),
                          end ? nullptr : &body);
}

void Http2::send_body(Http2Stream& stream, std::string_view bytes, bool end) {
  stream.out.append(bytes);
  stream.out_ended = stream.out_ended || end;
  if (!stream.deferred || (bytes.empty() && !end)) return;
  stream.deferred = false;
  nghttp2_session_resume_data(session_, stream.id);
}

void Http2::send_trailers(Http2Stream& stream, const std::vector<HeaderField>& fields) {
  for (const HeaderField& field : fields) {
    stream.out_trailers.push_back(
        {stream.out_text.store(field.name), stream.out_text.store(field.value)});
  }
  send_body(stream, {}, true);
}

void Http2::reset(Http2Stream& stream, Http2Code code) {
  if (stream.closed) return;
  if (role_ == Role::kServer) {
    resets_.emplace_back(stream.id, code);
  } else {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id,
                              static_cast<std::uint32_t>(code));
  }
}

/// nghttp2 drops the frames of a stream that wait when its reset is submitted, so this comes when
/// none is left that can go. False: there are none.
bool Http2::submit_resets() {
  if (resets_.empty()) return false;
  for (const auto& [id, code] : resets_) {
    if (stream_of(session_, id) == nullptr) continue;  // closed since
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, static_cast<std::uint32_t>(code));
  }
  resets_.clear();
  return true;
}

void Http2::reset_when_sent(Http2Stream& stream) { stream.reset_when_sent = true; }

void Http2::consume(Http2Stream& stream, std::uint64_t bytes) {
  if (bytes > 0) nghttp2_session_consume(session_, stream.id, bytes);
}

void Http2::ping() { nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr); }

void Http2::go_away(bool final) {
  if (!final) {
    nghttp2_submit_shutdown_notice(session_);
  } else if (!draining_) {
    draining_ = true;
    nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                          nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                          nullptr, 0);
  }
}

void Http2::produce(ByteQueue& out, std::size_t most) {
  while (out.size() < most) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) failed_ = true;
    if (size < 0 || (size == 0 && !submit_resets())) return;
    out.append(text_of(bytes, static_cast<std::size_t>(size)));
  }
}

bool Http2::over() const {
  return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
}

}  // namespace squall::proxy
