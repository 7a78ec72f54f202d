#include "proxy/http1_write.h"

#include <fmt/format.h>

namespace squall::proxy {
namespace {

struct Reason {
  std::uint16_t status;
  std::string_view text;
};
constexpr Reason kReasons[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {208, "Already Reported"},
    {226, "IM Used"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {305, "Use Proxy"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {407, "Proxy Authentication Required"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Payload Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Entity"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {506, "Variant Also Negotiates"},
    {507, "Insufficient Storage"},
    {508, "Loop Detected"},
    {510, "Not Extended"},
    {511, "Network Authentication Required"},
    {599, "Last Unassigned Server Error Code"},
};

void write_fields(std::span<const policies::HeaderField> headers, ByteQueue& out) {
  for (const policies::HeaderField& field : headers) {
    out.append(field.name);
    out.append(": ");
    out.append(field.value);
    out.append("\r\n");
  }
  out.append("\r\n");
}

}  // namespace

std::string_view reason_of(std::uint16_t status) {
  for (const Reason& reason : kReasons) {
    if (reason.status == status) return reason.text;
  }
  return "Unknown";
}

void write_request_head(const policies::KeptRequest& request, ByteQueue& out) {
  out.append(request.method);
  out.append(" ");
  out.append(request.path);
  out.append(" HTTP/1.1\r\nhost: ");
  out.append(request.authority);
  out.append("\r\n");
  write_fields(request.headers, out);
}

void write_response_head(std::uint16_t status, std::span<const policies::HeaderField> headers,
                         ByteQueue& out) {
  char line[16];
  const auto end = fmt::format_to_n(line, sizeof line, "HTTP/1.1 {} ", status);
  out.append({line, end.size});
  out.append(reason_of(status));
  out.append("\r\n");
  write_fields(headers, out);
}

void write_chunk(std::string_view data, ByteQueue& out) {
  char line[24];
  const auto end = fmt::format_to_n(line, sizeof line, "{:x}\r\n", data.size());
  out.append({line, end.size});
  out.append(data);
  out.append("\r\n");
}

void write_last_chunk(ByteQueue& out) { out.append("0\r\n\r\n"); }

}  // namespace squall::proxy
