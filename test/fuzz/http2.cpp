// A connection of HTTP/2: whatever frames come behind its preface, it stays within its bounds, says nothing that no
// client could read, and an answer doesn't depend on how its request came.
//
// The input: frames as records, so that no length has to be right by luck: type, flags, stream and size of the payload,
// a byte each, then the payload. A type from 0xe0 on: the payload alone, as it is.
#include <sundown/http2.hpp>

#include "fuzz/conversation.hpp"
#include "fuzz/kit.hpp"
#include "fuzz/targets.hpp"
#include "support/told.hpp"
#include "wire/field_coder.hpp"

#include <algorithm>
#include <map>

namespace sundown::fuzz {

namespace {

constexpr std::string_view client_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
enum frame_type : unsigned {
  data_frame = 0,
  headers_frame = 1,
  reset_frame = 3,
  settings_frame = 4,
  goaway_frame = 7,
  continuation_frame = 9
};
constexpr unsigned end_stream_flag = 1, end_headers_flag = 4, padded_flag = 8, priority_flag = 32;

constexpr std::size_t enhance_your_calm = 11;

std::string number_text(std::size_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) text += static_cast<char>(value >> shift & 0xff);
  return text;
}

std::size_t number_at(std::string_view text, std::size_t at, std::size_t bytes) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(text[at + i]);
  return value;
}

struct written_frames {
  std::string bytes = std::string(client_preface) + std::string("\0\0\0\4\0\0\0\0\0", 9);
  std::size_t count = 1, highest_stream = 0;
};

written_frames frames_in(std::string_view records) {
  written_frames all;
  while (records.size() >= 4) {
    const auto type = static_cast<unsigned char>(records[0]), stream = static_cast<unsigned char>(records[2]);
    const auto payload = records.substr(4, static_cast<unsigned char>(records[3]));
    if (type < 0xe0) all.bytes += number_text(payload.size(), 3) + records[0] + records[1] + number_text(stream, 4);
    all.bytes += payload;
    ++all.count;
    all.highest_stream = type < 0xe0 ? std::max<std::size_t>(all.highest_stream, stream) : 0x7fffffff;
    records.remove_prefix(4 + payload.size());
  }
  return all;
}

struct stream_model {
  std::string block = {}, status = {}, body = {};
  bool ended = false, reset = false;
};

struct server_model {
  std::map<std::size_t, stream_model> streams = {};
  std::size_t open_block = 0;  ///< the stream of a header block that goes on
  std::size_t error = 0;       ///< GOAWAY's code

  void take(unsigned type, unsigned flags, std::size_t stream, std::string_view payload, const written_frames& sent);

 private:
  void take_block(unsigned flags, std::size_t stream, std::string_view payload);
  testing::field_coder coder_;
};

void server_model::take_block(unsigned flags, std::size_t stream, std::string_view payload) {
  auto& one = streams[stream];
  one.block += payload;
  open_block = (flags & end_headers_flag) != 0 ? 0 : stream;
  if (open_block != 0) return;
  for (const auto& [name, value] : coder_.decode(one.block)) {
    if (name == ":status") one.status = value;
    require(std::none_of(name.begin(), name.end(), [](char c) { return c >= 'A' && c <= 'Z'; }),
            "names are in lower case", name);
    require(name != "connection" && name != "transfer-encoding", "no field is HTTP/1's", name);
  }
  one.block.clear();
  require(!one.status.empty(), "an answer has a status");
}

void server_model::take(unsigned type, unsigned flags, std::size_t stream, std::string_view payload,
                        const written_frames& sent) {
  require(open_block == 0 || (type == continuation_frame && stream == open_block), "a header block is in one piece");
  if (type == goaway_frame) {
    require(stream == 0 && payload.size() >= 8, "GOAWAY is the connection's");
    const auto last = number_at(payload, 0, 4);
    require(last <= sent.highest_stream || last == 0x7fffffff, "GOAWAY names no stream that there wasn't",
            std::to_string(last));
    error = std::max(error, number_at(payload, 4, 4));
    return;
  }
  if (type != data_frame && type != headers_frame && type != continuation_frame && type != reset_frame) return;
  require(stream % 2 == 1 && stream <= sent.highest_stream, "only streams of the client's are answered",
          std::to_string(stream));
  auto& one = streams[stream];
  if (type == reset_frame) {
    one.reset = true;
    return;
  }
  require(!one.ended && !one.reset, "nothing comes behind the end of a stream", std::to_string(stream));
  require((flags & (padded_flag | priority_flag)) == 0 || type == continuation_frame, "nothing is padded");
  if (type == data_frame) {
    require(!one.status.empty(), "a body comes behind its head");
    one.body += payload;
  } else {
    take_block(flags, stream, payload);
  }
  one.ended = type != continuation_frame && (flags & end_stream_flag) != 0;
}

server_model read_answers(const lone_server::outcome& from, const written_frames& sent) {
  server_model all;
  std::string_view rest = from.received;
  bool first = true;
  while (rest.size() >= 9) {
    const auto size = number_at(rest, 0, 3);
    require(size <= 16'384, "no frame is larger than any client takes", std::to_string(size));
    if (rest.size() < 9 + size) break;
    const auto type = static_cast<unsigned char>(rest[3]);
    require(!first || type == settings_frame, "SETTINGS comes first");
    first = false;
    all.take(type, static_cast<unsigned char>(rest[4]), number_at(rest, 5, 4), rest.substr(9, size), sent);
    rest.remove_prefix(9 + size);
  }
  require(rest.empty() || !from.ended, "a connection ends behind a frame", rest);
  return all;
}

}  // namespace

void http2(std::string_view input) {
  static auto& server = *new lone_server(add_routes, &http2::by_nghttp2());
  const auto sent = frames_in(input);
  const auto whole = server.converse(sent.bytes, {sent.bytes.size()});
  const auto cut = server.converse(sent.bytes, cuts_of(sent.bytes, 4));
  const auto bound = (64 << 10) + sent.count * (128 << 10);  // the largest answer is one of 100,000 bytes
  require(whole.received.size() <= bound && cut.received.size() <= bound, "what is sent is bounded");
  const auto one = read_answers(whole, sent), other = read_answers(cut, sent);
  // Which other error they are depends on which streams have been answered meanwhile (RFC 9113 §5.1).
  const auto floods = [](const server_model& read) { return read.error == enhance_your_calm; };
  const bool both = floods(one) == floods(other) || (one.error != 0 && other.error != 0);
  require(both || sent.count > 500, "few frames are no flood, however they came", std::to_string(other.error),
          std::to_string(one.error));
  for (const auto& [stream, answer] : one.streams) {
    const auto found = other.streams.find(stream);
    if (found == other.streams.end() || !answer.ended || !found->second.ended) continue;  // reset, or refused meanwhile
    const auto expected = answer.status + ' ' + test::told(answer.body);
    const auto got = found->second.status + ' ' + test::told(found->second.body);
    require(got == expected, "an answer is the same, however its request came", got, expected);
  }
}

}  // namespace sundown::fuzz
