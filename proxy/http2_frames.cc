// What arrives on an HTTP/2 connection, as nghttp2 tells it.
#include <algorithm>
#include <charconv>
#include <string_view>

#include "policies/base/check.h"
#include "proxy/http2_session.h"

namespace squall::proxy {

using policies::HeaderField;

namespace {
constexpr std::string_view kBetweenCookies = "; ";
// By nghttp2's estimate, which is twice the largest head that a configuration allows at most.
constexpr std::size_t kMostHeadSent = std::size_t{32} * 1024 * 1024;
}  // namespace

struct Http2Callbacks {
  static Http2& self(void* user) { return *static_cast<Http2*>(user); }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      Http2Stream& stream = self(user).take(frame->hd.stream_id);
      nghttp2_session_set_stream_user_data(session, stream.id, &stream);
    } else if (Http2Stream* stream = stream_of(session, frame->hd.stream_id)) {
      stream->head_bytes = stream->fields = 0;
      if (!stream->head_done) stream->head.clear();  // of an interim response
    }
    return 0;
  }

  static bool take_pseudo(Http2Stream& stream, std::string_view name, std::string_view value) {
    policies::KeptRequest& head = stream.head;
    if (name == ":path") {
      head.path = head.text.store(value);
    } else if (name == ":authority") {
      head.authority = head.text.store(value);
    } else if (name == ":method") {
      head.method = head.text.store(value);
    } else if (name == ":scheme") {
      head.scheme = head.text.store(value);
    } else if (name == ":status") {
      std::from_chars(value.data(), value.data() + value.size(), stream.status);
    } else {
      return false;
    }
    return true;
  }

  static int fail(Http2Stream& stream, Http2Fault fault) {
    stream.fault = fault;
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // resets the stream
  }

  /// nghttp2 takes it, but no http URL has it.
  static bool names_user(std::string_view name, std::string_view value) {
    return (name == ":authority" || name == "host") && value.contains('@');
  }

  /// One field of a head that is still coming.
  static int on_header(nghttp2_session* session, const nghttp2_frame* frame,
                       const std::uint8_t* name_bytes, std::size_t name_size,
                       const std::uint8_t* value_bytes, std::size_t value_size, std::uint8_t,
                       void* user) {
    Http2Stream* stream = stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    const std::string_view name = text_of(name_bytes, name_size);
    const std::string_view value = text_of(value_bytes, value_size);
    const Http2Limits& limits = self(user).limits_;
    stream->head_bytes += name_size + value_size;
    if (stream->head_bytes > limits.head_bytes) return fail(*stream, Http2Fault::kLargeHead);
    if (++stream->fields > limits.fields) return fail(*stream, Http2Fault::kManyFields);
    if (self(user).role_ == Http2::Role::kServer && !stream->head_done && names_user(name, value))
      stream->fault = Http2Fault::kField;
    if (name.starts_with(':')) {
      take_pseudo(*stream, name, value);
      return 0;
    }
    policies::KeptRequest& head = stream->head_done ? stream->trailers : stream->head;
    head.headers.push_back({head.text.store(name), head.text.store(value)});
    return 0;
  }

  /// A cookie may come in pieces, which count as fields of their own. It is one field then, the
  /// last, as with Envoy, which passes over empty ones before the first that is not.
  static void join_cookies(policies::KeptRequest& head) {
    const auto is_piece = [](const HeaderField& field) { return field.name == "cookie"; };
    std::size_t pieces = 0, size = 0;
    for (const HeaderField& field : head.headers) {
      if (!is_piece(field) || (pieces == 0 && field.value.empty())) continue;
      size += field.value.size() + (pieces++ > 0 ? kBetweenCookies.size() : 0);
    }
    char* const text = pieces > 0 ? head.text.room(size) : nullptr;
    char* at = text;
    for (const HeaderField& field : head.headers) {
      if (!is_piece(field) || (at == text && field.value.empty())) continue;
      if (at != text) at = std::ranges::copy(kBetweenCookies, at).out;
      at = std::ranges::copy(field.value, at).out;
    }
    std::erase_if(head.headers, is_piece);
    if (pieces > 0) head.headers.push_back({"cookie", {text, size}});
  }

  static void end_headers(Http2& http2, const nghttp2_frame* frame, Http2Stream& stream) {
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    if (stream.head_done) return http2.note(Http2Event::Kind::kTrailers, &stream, 0, true);
    if (http2.role_ == Http2::Role::kClient && stream.status < 200)  // not the answer yet
      return http2.note(Http2Event::Kind::kInterim, &stream, stream.status, false);
    if (stream.fault != Http2Fault::kNone) {
      nghttp2_submit_rst_stream(http2.session_, NGHTTP2_FLAG_NONE, stream.id,
                                NGHTTP2_PROTOCOL_ERROR);
      return;
    }
    stream.head_done = true;
    join_cookies(stream.head);
    if (const auto text = policies::find_header(stream.head.headers, "content-length")) {
      std::uint64_t length = 0;
      const auto [stop, failure] =
          std::from_chars(text->data(), text->data() + text->size(), length);
      if (failure == std::errc() && stop == text->data() + text->size()) stream.length = length;
    }
    http2.note(Http2Event::Kind::kHead, &stream, 0, end);
  }

  static int on_frame_recv(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2& http2 = self(user);
    Http2Stream* stream =
        frame->hd.stream_id != 0 ? stream_of(session, frame->hd.stream_id) : nullptr;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
        if (stream != nullptr) end_headers(http2, frame, *stream);
        break;
      case NGHTTP2_DATA:
        if (stream != nullptr && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
          http2.note(Http2Event::Kind::kData, stream, 0, true);
        break;
      case NGHTTP2_SETTINGS:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) == 0) {
          http2.note(Http2Event::Kind::kSettings, nullptr,
                     nghttp2_session_get_remote_settings(session,
                                                         NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS));
        }
        break;
      case NGHTTP2_PING:
        if ((frame->hd.flags & NGHTTP2_FLAG_ACK) != 0) http2.note(Http2Event::Kind::kPong, nullptr);
        break;
      case NGHTTP2_GOAWAY:
        http2.note(Http2Event::Kind::kGoAway, nullptr, frame->goaway.error_code);
        break;
      default:
        break;
    }
    return 0;
  }

  static int on_data(nghttp2_session* session, std::uint8_t, std::int32_t id,
                     const std::uint8_t* bytes, std::size_t size, void* user) {
    Http2& http2 = self(user);
    Http2Stream* stream = stream_of(session, id);
    if (stream == nullptr) {
      nghttp2_session_consume(session, id, size);
      return 0;
    }
    http2.note(Http2Event::Kind::kData, stream);
    http2.events_.back().data = text_of(bytes, size);
    return 0;
  }

  static int on_close(nghttp2_session* session, std::int32_t id, std::uint32_t code, void* user) {
    if (Http2Stream* stream = stream_of(session, id)) {
      stream->closed = true;
      self(user).note(Http2Event::Kind::kClosed, stream, code);
    }
    return 0;
  }

  static int on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2& http2 = self(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      http2.failed_ = http2.failed_ || frame->goaway.error_code != NGHTTP2_NO_ERROR;
      return 0;
    }
    if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
    Http2Stream* stream = stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      http2.note(Http2Event::Kind::kSent, stream);
    if (stream->reset_when_sent && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_NO_ERROR);
    return 0;
  }

  static int on_frame_not_send(nghttp2_session* session, const nghttp2_frame* frame, int, void*) {
    if (frame->hd.type != NGHTTP2_HEADERS) return 0;
    if (Http2Stream* stream = stream_of(session, frame->hd.stream_id)) stream->refused = true;
    return 0;
  }

  static int on_invalid_frame(nghttp2_session* session, const nghttp2_frame* frame, int error,
                              void*) {
    Http2Stream* stream = stream_of(session, frame->hd.stream_id);
    if (stream == nullptr) return 0;
    stream->fault = error == NGHTTP2_ERR_HTTP_HEADER      ? Http2Fault::kField
                    : error == NGHTTP2_ERR_HTTP_MESSAGING ? Http2Fault::kMessage
                                                          : Http2Fault::kFrame;
    return 0;
  }

  struct Options {
    nghttp2_option* option = nullptr;
    nghttp2_session_callbacks* callbacks = nullptr;

    explicit Options(const Http2Limits& limits) {
      SQUALL_CHECK(nghttp2_option_new(&option) == 0);
      nghttp2_option_set_no_auto_window_update(option, 1);
      nghttp2_option_set_no_rfc9113_leading_and_trailing_ws_validation(option, 1);  // as Envoy
      nghttp2_option_set_max_send_header_block_length(option, kMostHeadSent);
      nghttp2_option_set_peer_max_concurrent_streams(option, limits.streams);
      SQUALL_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
      nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame_recv);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
      nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
      nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, on_frame_send);
      nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, on_frame_not_send);
      nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, on_invalid_frame);
    }
    ~Options() {
      nghttp2_option_del(option);
      nghttp2_session_callbacks_del(callbacks);
    }
  };
};

nghttp2_session* new_session(Http2& http2, Http2::Role role, const Http2Limits& limits) {
  const Http2Callbacks::Options options(limits);
  nghttp2_session* session = nullptr;
  const int made =
      role == Http2::Role::kServer
          ? nghttp2_session_server_new2(&session, options.callbacks, &http2, options.option)
          : nghttp2_session_client_new2(&session, options.callbacks, &http2, options.option);
  SQUALL_CHECK(made == 0);
  return session;
}

}  // namespace squall::proxy
