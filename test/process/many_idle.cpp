// More connections than descriptors: those that are idle make room, the longest idle first, and nobody who asks waits
// for them.
#include "process/tls_frames.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <vector>

#include <poll.h>

namespace sundown::test {
namespace {

using testing::Le;

constexpr std::size_t idle_clients = 1000, asking_clients = 500;
constexpr unsigned descriptors = 256;
/// Where nothing else runs, the median wait is below 100 ms; without room being made it is http.idle_timeout.
constexpr auto busy_machine = 1000ms;

service_options short_of_descriptors(settings more = {}) {
  auto how = with(std::move(more));
  how.open_files = descriptors;
  return how;
}

/// Clients that ask at the same time: how long each waited from its connect() to its answer.
std::vector<milliseconds> ask_at_once(const endpoint& where, std::size_t count) {
  std::vector<raw_client> clients(count);
  std::vector<clock::time_point> begun(count);
  std::vector<pollfd> waits(count);
  for (std::size_t i = 0; i < count; ++i) {
    begun[i] = clock::now();
    EXPECT_EQ(clients[i].connect(where), connecting::connected);
    EXPECT_EQ(clients[i].send(get("/hello")), sending::sent);
    waits[i] = {clients[i].handle(), POLLIN, 0};
  }
  std::vector<milliseconds> waited(count, ample);
  const deadline end(ample);
  for (std::size_t answered = 0; answered < count && end.left() > 0ms;) {
    ::poll(waits.data(), waits.size(), 100);
    for (std::size_t i = 0; i < count; ++i) {
      if (waits[i].fd < 0 || waits[i].revents == 0) continue;
      const auto answer = clients[i].read_response();
      EXPECT_EQ(answer.status, 200) << answer.describe();
      waited[i] = between(begun[i], clock::now());
      waits[i].fd = -1;
      ++answered;
    }
  }
  return waited;
}

milliseconds median(std::vector<milliseconds> all) {
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end());
  return *middle;
}

}  // namespace

// All who ask are served, in a moment, though four times as many connections are idle as there are descriptors.
TEST(ManyIdle, MakeRoomForWhoeverAsks) {
  const auto wait = fastest(slack(100ms), [] {
    running app(short_of_descriptors());
    const auto idle = connect_each(app.http(), idle_clients, get("/hello"));
    const auto waited = ask_at_once(app.http(), asking_clients);
    app.signal(SIGTERM);
    expect_exit(app, 0, ample);
    return median(waited);
  });
  EXPECT_THAT(wait, Le(slack(busy_machine)));
}

// The same where they have not asked anything.
TEST(ManyIdle, MakeRoomThoughTheyAreNew) {
  running app(short_of_descriptors());
  const auto idle = connect_each(app.http(), idle_clients);
  const auto waited = ask_at_once(app.http(), asking_clients);
  EXPECT_THAT(median(waited), Le(slack(busy_machine)));
}

// The same by TLS, over HTTP/1.1 and HTTP/2: an idle connection hears that it goes away, and ends in order.
TEST(ManyIdle, MakeRoomByTls) {
  const pair_on_disk pair;
  running app(short_of_descriptors(pair.of_http()));
  std::vector<tls_client> idle;
  std::vector<frame_client> idle_streams;
  for (std::size_t i = 0; i < descriptors / 2; ++i) {
    auto& client = idle.emplace_back(connected_by_tls(app.https()));
    client.send(get("/hello"));
    ASSERT_EQ(client.read_response().status, 200);
    auto& streams = idle_streams.emplace_back(frames_over_tls(app.https()));
    ASSERT_EQ(streams.answer(streams.get("/hello")).status, 200);
  }
  std::vector<milliseconds> waited;
  std::vector<frame_client> others;
  for (std::size_t i = 0; i < 100; ++i) {
    const auto begin = clock::now();
    auto& client = others.emplace_back(frames_over_tls(app.https()));
    EXPECT_EQ(client.answer(client.get("/hello")).status, 200);
    waited.push_back(between(begin, clock::now()));
  }
  EXPECT_THAT(median(waited), Le(slack(busy_machine)));
  EXPECT_EQ(idle.front().read_until_end(), ending::fin);
  EXPECT_EQ(idle_streams.front().read_until_end(), ending::fin);
  ASSERT_FALSE(idle_streams.front().goaways.empty());
  EXPECT_EQ(idle_streams.front().goaways.back().last, 1U);
  EXPECT_EQ(idle_streams.front().goaways.back().code, std::uint32_t{NGHTTP2_NO_ERROR});
}

}  // namespace sundown::test
