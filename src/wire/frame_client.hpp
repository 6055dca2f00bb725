#pragma once

#include "wire/field_coder.hpp"
#include "wire/wire.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::testing {

struct frame {
  std::uint8_t type = 0, flags = 0;
  std::uint32_t stream = 0;
  std::string payload;

  bool has(std::uint8_t flag) const { return (flags & flag) != 0; }
};

/// What has come on a stream.
struct stream_answer {
  int status = 0;
  std::vector<int> informational = {};
  std::map<std::string, std::string> fields = {};
  std::string body = {};
  bool ended = false;                       ///< END_STREAM
  std::optional<std::uint32_t> reset = {};  ///< RST_STREAM's code
  bool whole() const { return status != 0 && ended; }
  std::string field(const std::string& name) const {
    const auto at = fields.find(name);
    return at == fields.end() ? std::string() : at->second;
  }
};

/// A client that speaks frames, one at a time, and only those that the test wants. Only the fields' compression is a
/// library's.
class frame_client {
 public:
  /// Connects, and sends the preface and an empty SETTINGS.
  explicit frame_client(const endpoint& where, const field_list& offered = {}, int receive_buffer = 0);
  /// Connects and sends nothing.
  struct silent {};
  frame_client(const endpoint& where, silent);
  /// Over a client that is connected, by ALPN.
  explicit frame_client(std::unique_ptr<wire> over, const field_list& offered = {}, std::string scheme = "https");

  /// Of one that has connected by itself.
  raw_client& raw() { return *raw_; }
  wire& over() { return *wire_; }

  // -- what is acknowledged by itself
  bool acknowledges_ping = true;
  bool opens_windows = true;
  std::size_t window_step = 1;  ///< how many bytes are read before a window is opened by them

  void send(std::string_view bytes);
  /// From now on nothing is sent, until release() sends it in one piece.
  void hold() { held_.emplace(); }
  void release();
  /// The next request takes the number behind the next.
  void skip_stream() { next_stream_ += 2; }
  void send_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload);
  /// The next request; its stream.
  std::uint32_t request(const std::string& method, const std::string& path, const field_list& more = {},
                        bool ends = true);
  std::uint32_t get(const std::string& path, const field_list& more = {}) { return request("GET", path, more); }
  std::uint32_t post(const std::string& path, std::string_view body, const field_list& more = {});
  /// Whatever the windows are.
  void data(std::uint32_t stream, std::string_view bytes, bool ends);
  /// As the server opens its windows; false if it doesn't within the limit.
  bool data_in_windows(std::uint32_t stream, std::string_view bytes, bool ends, milliseconds limit = ample);
  void reset(std::uint32_t stream, std::uint32_t code = NGHTTP2_CANCEL);
  void acknowledge(const frame& ping);
  /// A header block, for frames that the test makes itself.
  std::string block(const field_list& fields) { return coder_.encode(fields); }

  /// A frame that has come already, if it has whole; heeds it.
  std::optional<frame> take_received();
  /// Reads a frame, and heeds it; nullopt when the connection ends or the limit passes.
  std::optional<frame> read(milliseconds limit = ample);
  /// Reads until that is true.
  template <class Condition>
  bool read_until(Condition holds, milliseconds limit = ample) {
    const deadline end(limit);
    while (!holds()) {
      if (!read(end.left())) return holds();
    }
    return true;
  }
  /// Reads until the stream has its answer, or is reset.
  stream_answer& answer(std::uint32_t stream, milliseconds limit = ample);
  /// Reads all, until the connection ends; how it did.
  ending read_until_end(milliseconds limit = ample);

  stream_answer& on(std::uint32_t stream) { return answers_[stream]; }
  /// What came on a stream isn't needed any more.
  void forget(std::uint32_t stream) { answers_.erase(stream); }

  struct goaway {
    std::uint32_t last, code;
  };
  std::vector<goaway> goaways;
  std::vector<frame> pings;  ///< that ask
  std::size_t window_updates = 0;
  std::map<std::uint32_t, std::uint64_t> opened;  ///< by WINDOW_UPDATE, by stream
  bool settings_acknowledged = false;
  std::optional<ending> ended;

 private:
  void connect(const endpoint& where, int receive_buffer = 0);
  /// The preface and SETTINGS.
  void begin(const field_list& offered);
  void heed(const frame& got);
  void heed_settings(std::string_view payload);
  void heed_head(std::uint32_t stream, std::string_view block);
  void heed_data(const frame& got);
  void open_window(std::uint32_t stream, std::size_t read);

  std::unique_ptr<wire> wire_;
  raw_client* raw_ = nullptr;
  std::string scheme_ = "http";
  field_coder coder_;
  std::optional<std::string> held_;
  std::uint32_t next_stream_ = 1;
  std::map<std::uint32_t, stream_answer> answers_;
  std::string unfinished_head_;
  std::map<std::uint32_t, std::size_t> unopened_;  ///< bytes read, by stream; 0: the connection
  std::uint64_t initial_window_ = 65'535;
  std::map<std::uint32_t, std::uint64_t> sent_in_windows_;  ///< by stream; 0: the connection
};

/// A number in network order.
std::string big_endian(std::uint32_t value, int bytes = 4);
std::string settings_entry(std::uint16_t id, std::uint32_t value);

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::uint32_t highest_stream = 0x7fffffff;

}  // namespace sundown::testing
