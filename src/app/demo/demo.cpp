#include "app/demo/demo.hpp"

#include <sundown/http/json.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>
#include <thread>

namespace sundown::app {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t longest_ms = 3'600'000;
constexpr std::uint64_t most_bytes = std::uint64_t{64} << 30;

using digest_context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

}  // namespace

task<http::response> demo_sleep(const http::request& asked) {
  const auto ms = asked.query_number("ms", 0, longest_ms, 1000);
  if (!ms) co_return http::problem(ms.error());
  asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(*ms));
  co_await timer.async_wait(use_task);
  co_return http::text("slept " + std::to_string(*ms) + " ms\n");
}

http::response demo_block(const http::request& asked) {
  const auto ms = asked.query_number("ms", 0, longest_ms, 1000);
  if (!ms) return http::problem(ms.error());
  std::this_thread::sleep_for(std::chrono::milliseconds(*ms));
  return http::text("blocked " + std::to_string(*ms) + " ms\n");
}

task<> demo_bytes(const http::request& asked, http::response_stream& out) {
  static const std::string piece(64 << 10, 'x');
  const auto n = asked.query_number("n", 0, most_bytes, 1024);
  if (!n) co_return out.answer(http::problem(n.error()));
  http::response head{200, "application/octet-stream"};
  const auto started = co_await out.start(std::move(head), *n);
  if (!started) co_return;
  for (auto left = *n; left > 0;) {
    const auto size = std::min<std::uint64_t>(left, piece.size());
    const auto written = co_await out.write(std::string_view(piece).substr(0, size));
    if (!written) co_return;
    left -= size;
  }
}

task<> demo_chunks(const http::request& asked, http::response_stream& out) {
  const auto n = asked.query_number("n", 0, 1'000'000, 10);
  if (!n) co_return out.answer(http::problem(n.error()));
  const auto interval = asked.query_number("interval_ms", 0, longest_ms, 100);
  if (!interval) co_return out.answer(http::problem(interval.error()));
  http::response head{200, "text/plain"};
  const auto started = co_await out.start(std::move(head));
  if (!started) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  for (int i = 1; i <= *n; ++i) {
    const auto chunk = "chunk " + std::to_string(i) + "\n";
    const auto written = co_await out.write(chunk);
    if (!written) co_return;
    if (i == *n || *interval == 0) continue;
    timer.expires_after(std::chrono::milliseconds(*interval));
    co_await timer.async_wait(use_task);
  }
}

task<> demo_events(const http::request&, http::response_stream& out) {
  auto head = http::response{200, "text/event-stream"}.with("Cache-Control", "no-store");
  const auto started = co_await out.start_endless(std::move(head));
  if (!started) co_return;
  bool going_on = true;
  for (std::uint64_t i = 1; going_on; ++i) {
    const auto event = "id: " + std::to_string(i) + "\ndata: tick " + std::to_string(i) + "\n\n";
    const auto written = co_await out.write(event);
    if (!written) co_return;
    going_on = co_await out.wait(1s);
  }
  co_await out.write("event: bye\ndata: the service is stopping\n\n");
}

task<> demo_echo(const http::request&, http::websocket& peer) {
  for (;;) {
    const auto got = co_await peer.read();
    if (!got) co_return;
    const auto sent = co_await peer.write(got->data, got->text);
    if (!sent) co_return;
  }
}

task<http::response> demo_upload(const http::request&, http::body_reader& body) {
  const digest_context digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
  if (!digest || EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr) != 1) throw std::runtime_error("no SHA-256");
  std::uint64_t length = 0;
  for (;;) {
    const auto piece = co_await body.read();
    if (!piece) co_return http::problem(piece.error());
    if (piece->empty()) break;
    EVP_DigestUpdate(digest.get(), piece->data(), piece->size());
    length += piece->size();
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> sum;
  unsigned size = 0;
  EVP_DigestFinal_ex(digest.get(), sum.data(), &size);
  const std::string_view bytes(reinterpret_cast<const char*>(sum.data()), size);
  const boost::json::object answer{{"length", length}, {"sha256", hex(bytes)}};
  co_return http::json(answer);
}

void add_demo_routes(http::router& to) {
  to.get("/demo/sleep", demo_sleep);
  to.get("/demo/block", demo_block);
  to.get("/demo/bytes", demo_bytes);
  to.get("/demo/chunks", demo_chunks);
  to.get("/demo/events", demo_events);
  to.get("/demo/echo", demo_echo);
  to.post("/demo/upload", demo_upload, {.body_limit = std::uint64_t{64} << 30});
}

}  // namespace sundown::app
