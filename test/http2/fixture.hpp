#pragma once

#include "http/fixture.hpp"
#include "http/handlers.hpp"
#include "support/testing.hpp"
#include "wire/frame_client.hpp"

#include <sundown/http2.hpp>

#include <gtest/gtest.h>

#include <optional>

namespace sundown::test {

/// A server that speaks HTTP/2, with the routes of the tests of HTTP/1 and one whose handler waits.
class Http2 : public testing::Test {
 protected:
  void start(setting how = {}) {
    how.http2 = &http2::by_nghttp2();
    app.emplace(
        [this](http::router& to) {
          basic_routes(to);
          to.get("/held", [this](const http::request&) { return pass(door); });
          to.get("/stubborn", [this](const http::request&) { return stubborn(); });
          add(to);
        },
        how);
  }
  virtual void add(http::router&) {}
  frame_client connect(const field_list& settings = {}, int receive_buffer = 0) const {
    return frame_client(app->where(), settings, receive_buffer);
  }
  std::uint64_t floods(std::size_t kind) const { return app->server().figures().http2_floods.at(kind); }

  gate door;
  mutable std::optional<serving> app;

 private:
  task<http::response> stubborn() {
    co_await door.pass_at_all_costs();
    co_return text("at last");
  }
};

/// A whole answer with this status.
inline void expect_answer(const stream_answer& got, int status) {
  EXPECT_EQ(got.status, status);
  EXPECT_TRUE(got.whole()) << "body: " << got.body.size() << " bytes";
}

/// GOAWAY with the last stream, then the end in order.
inline void expect_farewell(frame_client& client, std::uint32_t last, milliseconds limit = ample) {
  EXPECT_EQ(client.read_until_end(limit), ending::fin);
  ASSERT_FALSE(client.goaways.empty());
  EXPECT_EQ(client.goaways.back().last, last);
  EXPECT_EQ(client.goaways.back().code, std::uint32_t{NGHTTP2_NO_ERROR});
}

}  // namespace sundown::test
