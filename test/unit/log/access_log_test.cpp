#include "log/writer.hpp"
#include "unit/log/pipe.hpp"

#include <gmock/gmock.h>
#include <boost/json.hpp>

#include <thread>

namespace sundown::log {
namespace {

using namespace std::chrono_literals;
using test::lines_of;
using testing::MatchesRegex;

const access_entry sample{.id = "8f14e45f",
                          .method = "GET",
                          .target = "/v1/parts/x",
                          .route = "/v1/parts/{id}",
                          .remote = "127.0.0.1:50000",
                          .status = 200,
                          .bytes = 12,
                          .duration = 123'456ns};

/// What `use` makes of an access log that writes to a pipe.
template <class Use>
std::vector<std::string> logged(format how, Use use) {
  test::pipe pipe;
  std::string all;
  std::thread reader([&] { all = pipe.read_all(); });  // more than a pipe holds may come
  start_on(pipe.write_end(), {level::info, how, true});
  {
    access_log log(true);
    use(log);
  }
  EXPECT_TRUE(stop(10s, 10s));
  pipe.close_write_end();
  reader.join();
  return lines_of(all);
}

// A request is one line of text with all that is known of it.
TEST(AccessLog, Text) {
  const auto lines = logged(format::text, [](access_log& log) { log.add(sample); });
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].substr(25),
            "access GET /v1/parts/x 200 bytes=12 seconds=0.000123 route=/v1/parts/{id} id=8f14e45f "
            "remote=127.0.0.1:50000");
  EXPECT_THAT(lines[0].substr(0, 24), MatchesRegex("20..-..-..T..:..:..\\....Z"));
}

// An answer that is not whole says why, in both formats; one that is has no such field.
TEST(AccessLog, Cut) {
  auto cut = sample;
  cut.cut = "client";
  const auto add = [&](access_log& log) {
    log.add(cut);
    log.add(sample);
  };
  const auto texts = logged(format::text, add);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_THAT(texts[0], testing::EndsWith(" remote=127.0.0.1:50000 cut=client"));
  EXPECT_THAT(texts[1], testing::EndsWith(" remote=127.0.0.1:50000"));
  const auto objects = logged(format::json, add);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(boost::json::parse(objects[0]).at("cut"), "client");
  EXPECT_FALSE(boost::json::parse(objects[1]).as_object().contains("cut"));
}

// A client that has proved who it is has its name in the line, in both formats; others have no such field.
TEST(AccessLog, Client) {
  auto known = sample;
  known.client = "CN=billing,O=Example";
  const auto add = [&](access_log& log) {
    log.add(known);
    log.add(sample);
  };
  const auto texts = logged(format::text, add);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_THAT(texts[0], testing::EndsWith(" remote=127.0.0.1:50000 client=CN=billing,O=Example"));
  EXPECT_THAT(texts[1], testing::EndsWith(" remote=127.0.0.1:50000"));
  const auto objects = logged(format::json, add);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(boost::json::parse(objects[0]).at("client"), "CN=billing,O=Example");
  EXPECT_FALSE(boost::json::parse(objects[1]).as_object().contains("client"));
}

// The same as JSON has the same keys.
TEST(AccessLog, Json) {
  const auto lines = logged(format::json, [](access_log& log) { log.add(sample); });
  ASSERT_EQ(lines.size(), 1u);
  auto object = boost::json::parse(lines[0]).as_object();
  EXPECT_TRUE(object.erase("time"));
  EXPECT_EQ(boost::json::value(object),
            boost::json::parse(R"({"level":"info","message":"access","method":"GET","target":"/v1/parts/x",
                                   "route":"/v1/parts/{id}","status":200,"bytes":12,"seconds":0.000123,
                                   "id":"8f14e45f","remote":"127.0.0.1:50000"})"));
}

// A hostile target stays within its line and its field, in both formats, also where every byte needs an escape.
TEST(AccessLog, CannotBeForged) {
  const std::string target = "/a\n2026 access\x1b[2J\" status=500\xff" + std::string(50'000, '\x01');
  auto entry = sample;
  entry.target = target;
  entry.route = "";
  for (const auto how : {format::text, format::json}) {
    const auto lines = logged(how, [&entry](access_log& log) {
      log.add(sample);
      log.add(entry);
      log.add(sample);
    });
    ASSERT_EQ(lines.size(), 3u);
    for (const char c : lines[1]) ASSERT_TRUE(static_cast<unsigned char>(c) >= ' ');
    if (how == format::json) {
      EXPECT_EQ(boost::json::parse(lines[1]).at("status"), 200);
    } else {
      EXPECT_NE(lines[1].find(" route=\"\" "), std::string::npos);
    }
  }
}

// What is not seen is escaped in every field.
TEST(AccessLog, EscapesWhatIsNotSeen) {
  const std::string hidden = "/\xe2\x81\xa6\xef\xbb\xbf\xc2\x9b\xff\xf3\xa0\x81\x81";
  for (const auto how : {format::text, format::json}) {
    const auto lines = logged(how, [&hidden](access_log& log) {
      log.add({.id = hidden,
               .method = hidden,
               .target = hidden,
               .route = hidden,
               .remote = hidden,
               .status = 1,
               .bytes = 2,
               .duration = 3ns});
    });
    ASSERT_EQ(lines.size(), 1u);
    auto rest = lines[0];
    for (std::size_t at; (at = rest.find("\xef\xbf\xbd")) != std::string::npos;) rest.erase(at, 3);  // for \xff
    for (const char c : rest) ASSERT_TRUE(c >= ' ' && c < '\x7f') << lines[0];
  }
}

// The first line after a flush says so, for the caller to schedule the next flush; a full block goes by itself.
TEST(AccessLog, CollectsBlocks) {
  const auto lines = logged(format::text, [](access_log& log) {
    EXPECT_TRUE(log.add(sample));
    EXPECT_FALSE(log.add(sample));
    log.flush();
    EXPECT_TRUE(log.add(sample));
    int first = 0;
    for (int i = 0; i != 1000; ++i) first += log.add(sample);
    EXPECT_GE(first, 2);  // 150 KB are at least three blocks
    EXPECT_LE(first, 5);
  });
  EXPECT_EQ(lines.size(), 1003u);
  for (const auto& line : lines) EXPECT_EQ(line.size(), lines[0].size());
}

// Switched off it writes nothing; a reload switches it on.
TEST(AccessLog, CanBeSwitched) {
  const auto lines = logged(format::text, [](access_log& log) {
    log.set_enabled(false);
    EXPECT_FALSE(log.add(sample));
    log.set_enabled(true);
    EXPECT_TRUE(log.add(sample));
  });
  EXPECT_EQ(lines.size(), 1u);
}

}  // namespace
}  // namespace sundown::log
