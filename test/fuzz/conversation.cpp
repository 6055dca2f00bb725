#include "fuzz/conversation.hpp"

#include "fuzz/kit.hpp"
#include "http/handlers.hpp"

#include <sundown/log.hpp>
#include <sundown/testing/temp_dir.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>
#include <numeric>
#include <stdexcept>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace sundown::fuzz {

namespace {

using namespace std::chrono_literals;

sockaddr_un address_at(const std::string& path) {
  sockaddr_un at{};
  at.sun_family = AF_UNIX;
  if (path.size() >= sizeof at.sun_path) throw std::runtime_error("the temporary folder's path is too long: " + path);
  std::memcpy(at.sun_path, path.data(), path.size());
  return at;
}

testing::unique_fd opened(int kind) { return testing::unique_fd(::socket(AF_UNIX, kind | SOCK_CLOEXEC, 0)); }

http::server::options options_for(const http::http2_provider* http2) {
  http::server::options how("http", false);
  how.http2 = http2;
  how.on_failure = [](const std::string& why) { throw broken("the listener is lost: " + why); };
  return how;
}

/// Another one for each server, in a folder that goes with the process.
std::string new_address() {
  static const testing::temp_dir folder;
  static int count = 0;
  return "unix:" + (folder / std::to_string(count++)).string();
}

http_config limits_of_fuzzing() {
  http_config limits;
  limits.address = new_address();
  limits.body_limit = 64 << 10;
  limits.h2c = true;
  return limits;
}

}  // namespace

std::vector<std::size_t> cuts_of(std::string_view input, std::size_t most) {
  decided_by input_itself(input);
  std::vector<std::size_t> places{input.size()};
  if (input.empty()) return places;
  if (input.size() < 400 && input_itself.below(8) == 0) {
    places.resize(input.size());
    std::iota(places.begin(), places.end(), std::size_t{1});
    return places;
  }
  for (auto left = 1 + input_itself.below(most); left > 0; --left)
    places.push_back(1 + input_itself.below(input.size()));
  std::sort(places.begin(), places.end());
  return places;
}

lone_server::lone_server(const std::function<void(http::router&)>& add, const http::http2_provider* http2)
    : clock_(stop::make_plan({})),
      limits_(limits_of_fuzzing()),
      server_({&context_}, (log::set_level(log::level::off), add(routes_), routes_), limits_, clock_,
              options_for(http2)) {
  server_.start();
  run();
}

void lone_server::run() {
  while (context_.poll() > 0) {
  }
}

testing::unique_fd lone_server::connect() {
  auto client = opened(SOCK_STREAM | SOCK_NONBLOCK);
  const auto at = address_at(limits_.address.substr(5));
  if (::connect(client.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0)
    throw broken(std::string("cannot connect: ") + std::strerror(errno));
  return client;
}

bool lone_server::receive(int from, outcome& so_far) {
  char buffer[16 << 10];
  for (;;) {
    const auto got = ::recv(from, buffer, sizeof buffer, 0);
    if (got > 0) {
      so_far.received.append(buffer, static_cast<std::size_t>(got));
      run();
      continue;
    }
    if (got < 0 && errno == EAGAIN) return true;
    require(got == 0, "a connection ends in order", std::strerror(errno), so_far.received);
    so_far.ended = true;
    return false;
  }
}

void lone_server::send(int to, std::string_view piece, outcome& so_far) {
  while (!piece.empty()) {
    const auto sent = ::send(to, piece.data(), piece.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return;  // refused, and gone
    piece.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    run();
    if (!receive(to, so_far)) return;
  }
}

lone_server::outcome lone_server::converse(std::string_view bytes, const std::vector<std::size_t>& ends) {
  outcome so_far;
  {
    const auto client = connect();
    run();
    std::size_t begin = 0;
    for (const auto end : ends) {
      if (so_far.ended) break;
      send(client.get(), bytes.substr(begin, end - begin), so_far);
      begin = end;
    }
    ::shutdown(client.get(), SHUT_WR);
    run();
    // Counted, not timed: a machine that stands still would take the server's turns away.
    for (int turns = 10; turns > 0 && !so_far.ended && receive(client.get(), so_far); --turns)
      context_.run_one_for(1ms);
  }
  run();
  const auto now = server_.figures().connections_by_phase;
  require(std::accumulate(now.begin(), now.end(), std::size_t{0}) == 0, "no connection outlives its client");
  return so_far;
}

void add_routes(http::router& to) {
  to.get("/hello", test::hello);
  to.post("/echo", test::echo);
  to.post("/json", test::echo, {.body_limit = 16, .accepts = "application/json"});
  to.post("/upload", test::upload);
  to.post("/small-upload", test::upload, {.body_limit = 16});
  to.post("/decline", test::decline);
  to.get("/three", test::three);
  to.get("/say/{what}", [](const http::request& asked) { return test::say(asked.param("what")); });
}

}  // namespace sundown::fuzz
