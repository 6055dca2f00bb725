#pragma once

#include "support/testing.hpp"

#include <nghttp2/nghttp2.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sundown::test {

using field_list = std::vector<std::pair<std::string, std::string>>;

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

/// What the frames go over: raw_client, or one that encrypts and has the same functions.
class frame_wire {
 public:
  frame_wire() = default;
  frame_wire(const frame_wire&) = delete;
  frame_wire& operator=(const frame_wire&) = delete;
  virtual ~frame_wire() = default;

  virtual void send(std::string_view bytes) = 0;
  virtual ending read_some(std::size_t most, milliseconds limit) = 0;
  virtual ending read_until_end(milliseconds limit) = 0;
  virtual std::string& received() = 0;
};

template <class Client>
class wire_over final : public frame_wire {
 public:
  explicit wire_over(Client connected) : client_(std::move(connected)) {}
  void send(std::string_view bytes) override { client_.send(bytes); }
  ending read_some(std::size_t most, milliseconds limit) override { return client_.read_some(most, limit); }
  ending read_until_end(milliseconds limit) override { return client_.read_until_end(limit); }
  std::string& received() override { return client_.received(); }
  Client& client() { return client_; }

 private:
  Client client_;
};

/// A client that speaks frames, one at a time, and only those that the test wants. Only the fields' compression is a
/// library's (nghttp2).
class frame_client {
 public:
  /// Connects, and sends the preface and an empty SETTINGS.
  explicit frame_client(const endpoint& where, field_list settings = {}, int receive_buffer = 0);
  /// Connects and sends nothing.
  struct silent {};
  frame_client(const endpoint& where, silent);
  /// Over a client that is connected, by ALPN.
  explicit frame_client(std::unique_ptr<frame_wire> over, const field_list& settings = {});

  /// Of one in the clear.
  raw_client& raw() { return *raw_; }

  // -- what is acknowledged by itself
  bool acknowledges_ping = true;
  bool opens_windows = true;

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
  void data(std::uint32_t stream, std::string_view bytes, bool ends);
  void reset(std::uint32_t stream, std::uint32_t code = NGHTTP2_CANCEL);
  void acknowledge(const frame& ping);
  /// A header block, for frames that the test makes itself.
  std::string block(const field_list& fields);

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
  void make_coders();
  /// The preface and SETTINGS.
  void begin(const field_list& settings);
  void heed(const frame& got);
  void heed_head(const frame& got);

  struct inflater_deleter {
    void operator()(nghttp2_hd_inflater* made) const { nghttp2_hd_inflate_del(made); }
  };
  struct deflater_deleter {
    void operator()(nghttp2_hd_deflater* made) const { nghttp2_hd_deflate_del(made); }
  };

  std::unique_ptr<frame_wire> wire_;
  raw_client* raw_ = nullptr;
  std::string scheme_ = "http";
  std::optional<std::string> held_;
  std::unique_ptr<nghttp2_hd_inflater, inflater_deleter> inflater_;
  std::unique_ptr<nghttp2_hd_deflater, deflater_deleter> deflater_;
  std::uint32_t next_stream_ = 1;
  std::map<std::uint32_t, stream_answer> answers_;
};

/// A number in network order.
std::string big_endian(std::uint32_t value, int bytes = 4);
std::string settings_entry(std::uint16_t id, std::uint32_t value);

inline constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
inline constexpr std::uint32_t highest_stream = 0x7fffffff;

}  // namespace sundown::test
