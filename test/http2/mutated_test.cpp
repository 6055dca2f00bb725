// Frames that a client in its right mind doesn't send: none of them costs anybody else anything.
#include "http2/fixture.hpp"

#include "process/open_descriptors.hpp"
#include "support/random.hpp"

#include <array>
#include <fstream>

namespace sundown::test {
namespace {

/// Keeps what a client sends, a piece for each frame; nothing ever comes.
class recorder final : public wire {
 public:
  explicit recorder(std::vector<std::string>& pieces) : pieces_(pieces) {}
  connecting reach(const endpoint&, milliseconds) override { return connecting::connected; }
  connecting greet(milliseconds) override { return connecting::connected; }
  void begin_greeting() override {}
  void half_close() override {}
  sending send(std::string_view bytes, milliseconds) override {
    pieces_.emplace_back(bytes);
    return sending::sent;
  }
  ending read_some(std::size_t, milliseconds) override { return ending::fin; }
  reply read_response(milliseconds) override { return {}; }
  bool read_until(std::string_view, milliseconds) override { return false; }
  ending read_until_end(milliseconds) override { return ending::fin; }
  int handle() const override { return -1; }
  std::string& received() override { return none_; }

 private:
  std::vector<std::string>& pieces_;
  std::string none_;
};

/// A connection's frames, all of them in order: the preface, settings, and up to ten things that a client may do.
class sequence {
 public:
  explicit sequence(random_source& random) : random_(random), client_(std::make_unique<recorder>(pieces_), settings()) {
    for (auto left = random_.below(10) + 1; left > 0; --left) add();
  }
  std::vector<std::string>& pieces() { return pieces_; }

 private:
  field_list settings() {
    if (random_.one_in(2)) return {};
    return {{std::to_string(random_.below(9)), std::to_string(random_.one_of(std::array{0, 1, 100, 65'535, 1 << 24}))}};
  }
  std::string body() { return std::string(random_.one_of(std::array<std::size_t, 5>{0, 1, 20, 3000, 16'384}), 'b'); }
  std::uint32_t number() {
    return random_.one_of(std::array<std::uint32_t, 6>{0, 1, 1000, 65'535, 0x7fffffff, 0xffffffff});
  }
  std::uint32_t stream() {
    return random_.one_in(3) ? random_.one_of(std::array{0U, 1U, 2U, 3U, 5U, 7U, 99U, highest_stream}) : last_;
  }

  void add() {
    static const std::array gets{"/hello", "/three", "/ticks", "/fails", "/say/it", "/nothing"};
    static const std::array posts{"/echo", "/upload", "/json", "/small-upload", "/decline"};
    switch (random_.below(14)) {
      case 0:
      case 1:
      case 2:
        last_ = client_.get(random_.one_of(gets), {{"x-field", std::string(random_.below(200), 'x')}});
        break;
      case 3:
      case 4:
        last_ = client_.post(random_.one_of(posts), body());
        break;
      case 5:
        last_ = client_.request("POST", random_.one_of(posts), {}, false);
        break;
      case 6:
        client_.data(last_, body(), random_.one_in(3));
        break;
      case 7:
        in_two(client_.block({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/hello"}}));
        break;
      case 8:
        client_.send_frame(NGHTTP2_PING, 0, 0, "12345678");
        break;
      case 9:
        client_.send_frame(NGHTTP2_WINDOW_UPDATE, 0, stream(), big_endian(number()));
        break;
      case 10:
        client_.reset(stream(), number());
        break;
      case 11:
        client_.send_frame(NGHTTP2_PRIORITY, 0, stream(), big_endian(number()) + "w");
        client_.send_frame(NGHTTP2_PRIORITY_UPDATE, 0, 0, big_endian(stream()) + "u=1, i");
        break;
      case 12:
        client_.send_frame(NGHTTP2_SETTINGS, 0, 0,
                           settings_entry(static_cast<std::uint16_t>(random_.below(9)), number()));
        break;
      default:
        client_.send_frame(NGHTTP2_GOAWAY, 0, 0, big_endian(stream()) + big_endian(0));
        break;
    }
  }

  void in_two(std::string_view block) {
    const auto half = random_.below(block.size() + 1);
    last_ += 2;
    client_.send_frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, last_, block.substr(0, half));
    client_.send_frame(NGHTTP2_CONTINUATION, NGHTTP2_FLAG_END_HEADERS, last_, block.substr(half));
  }

  std::vector<std::string> pieces_;
  random_source& random_;
  frame_client client_;
  std::uint32_t last_ = 1;
};

constexpr std::size_t head_size = 9;

std::string noise(std::size_t size, random_source& random) {
  std::string bytes(size, '\0');
  for (auto& byte : bytes) byte = static_cast<char>(random.below(256));
  return bytes;
}

/// One frame, damaged: bits, its head, its length, its block.
void damage(std::string& frame, random_source& random) {
  const auto byte = [&] { return static_cast<char>(random.below(256)); };
  if (frame.size() < head_size) return;
  switch (random.below(8)) {
    case 0: {
      auto& hit = frame[random.below(frame.size())];
      hit = static_cast<char>(static_cast<unsigned char>(hit) ^ (1U << random.below(8)));
      break;
    }
    case 1:  // a length that is not so
      frame[random.below(3)] = random.one_in(2) ? byte() : '\0';
      break;
    case 2:
      frame[3] = random.one_in(4) ? byte() : static_cast<char>(random.below(17));
      break;
    case 3:
      frame[4] = byte();  // flags
      break;
    case 4:
      frame.replace(
          5, 4,
          big_endian(static_cast<std::uint32_t>(random.one_in(4) ? random.below(1U << 31) << 1 : random.below(12))));
      break;
    case 5:  // cut, its length as it was
      frame.resize(head_size + random.below(frame.size() - head_size + 1));
      break;
    case 6: {  // a block of HPACK, or whatever it is, of noise
      const auto payload = noise(frame.size() - head_size, random);
      frame.replace(head_size, frame.npos, payload);
      break;
    }
    default: {  // another payload, with its right length
      const auto payload = noise(random.below(300), random);
      frame.replace(head_size, frame.npos, payload);
      frame.replace(0, 3, big_endian(static_cast<std::uint32_t>(payload.size()), 3));
      break;
    }
  }
}

std::string damaged(std::vector<std::string> pieces, random_source& random) {
  for (auto left = random.below(4) + 1; left > 0; --left) {
    const auto first =
        random.one_in(20) ? 0U : std::min<std::size_t>(1, pieces.size() - 1);  // mostly behind the preface
    const auto at = first + random.below(pieces.size() - first);
    switch (random.below(8)) {
      case 0:  // again, and again
        pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(at), random.one_in(4) ? 200 : 1, pieces[at]);
        break;
      case 1:
        std::swap(pieces[at], pieces[first + random.below(pieces.size() - first)]);
        break;
      case 2:
        if (pieces.size() > 1) pieces.erase(pieces.begin() + static_cast<std::ptrdiff_t>(at));
        break;
      default:
        damage(pieces[at], random);
        break;
    }
  }
  std::string all;
  for (const auto& piece : pieces) all += piece;
  if (random.one_in(4)) all.resize(random.below(all.size() + 1));
  return all;
}

std::size_t resident() {
  std::ifstream pages("/proc/self/statm");
  std::size_t all = 0, here = 0;
  pages >> all >> here;
  return here * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

class Http2Mutated : public Http2 {
 protected:
  void add(http::router& to) override { to.get("/ticks", ticks); }

  /// An endless stream that finds out by its writes that its client is gone: one that has closed its side may still
  /// read.
  static task<> ticks(const http::request&, http::response_stream& out) {
    co_await out.start_endless(text({}));
    for (;;) {
      const auto sent = co_await out.write("tick ");
      if (!sent || !co_await out.wait(20ms)) co_return;
    }
  }

  /// Sends it in pieces, and goes: at once or later, in order or not.
  void send(std::string_view bytes, random_source& random) const {
    auto client = app->connect();
    std::size_t from = 0;
    for (const auto to : random.cuts(bytes.size(), random.below(3))) {
      if (client.send(bytes.substr(from, to - from)) != sending::sent) break;
      from = to;
    }
    switch (random.below(4)) {
      case 0:
        client.reset();
        break;
      case 1:
        client.half_close();
        [[fallthrough]];
      case 2:
        client.read_some(64 << 10, 2ms);
        break;
      default:
        break;
    }
  }
};

// Sequences of frames with bits, heads, lengths, blocks and their order damaged: behind each of them a connection that
// was there before and a new one are served, and at the end no connection, no descriptor and no memory is left.
TEST_F(Http2Mutated, CostNobodyElseAnything) {
  const auto rounds = random_source::rounds(300);
  random_source random(2026);
  setting how;
  how.limits.linger = 100ms;
  start(how);
  auto neighbour = connect();
  expect_answer(neighbour.answer(neighbour.get("/hello")), 200);
  const auto descriptors = sockets(::getpid());
  std::size_t memory = 0;
  for (std::size_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    sequence made(random);
    send(damaged(std::move(made.pieces()), random), random);
    auto fresh = connect();
    expect_answer(fresh.answer(fresh.get("/hello")), 200);
    expect_answer(neighbour.answer(neighbour.get("/hello")), 200);
    ASSERT_FALSE(HasFailure());
    if (round == rounds / 5) memory = resident();
  }
  EXPECT_TRUE(eventually(ample, [&] { return app->server().activity().connections == 1; }));
  EXPECT_TRUE(eventually(ample, [&] { return sockets(::getpid()) == descriptors; }))
      << sockets(::getpid()) << ", before " << descriptors;
  // A sanitizer keeps what is freed for a while.
  if (slack(1s) == 1s) {
    EXPECT_LT(resident(), memory + (std::size_t{16} << 20));
  }
}

}  // namespace
}  // namespace sundown::test
