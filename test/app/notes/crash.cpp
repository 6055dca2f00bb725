// kill -9: what was acknowledged is on the disk.
#include "process/scenario.hpp"
#include "support/testing.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <mutex>
#include <set>
#include <thread>

namespace sundown::test {
namespace {

/// The body that belongs to a title: long enough to span database pages, so that half a note would show.
std::string body_of(const std::string& title) {
  std::string body;
  while (body.size() < 6000) body += title + '\n';
  return body;
}

/// Writes notes, each on the answer to the one before, until the server dies; keeps what was acknowledged.
class writers {
 public:
  writers(const endpoint& where, int round) {
    for (int i = 0; i < 4; ++i) threads_.emplace_back([this, where, round, i] { write(where, round, i); });
  }
  ~writers() { join(); }

  bool wait_for(std::size_t acknowledged) const { return count_.wait_for(acknowledged, slack(30s)); }
  /// Title by location, complete once the server is dead.
  std::map<std::string, std::string> acknowledged() {
    join();
    return acknowledged_;
  }

 private:
  void join() {
    for (auto& one : threads_)
      if (one.joinable()) one.join();
  }

  void write(const endpoint& where, int round, int number) {
    raw_client client;
    if (client.connect(where) != connecting::connected) return;
    for (int i = 0;; ++i) {
      const auto title = std::to_string(round) + "-" + std::to_string(number) + "-" + std::to_string(i);
      const boost::json::object draft{{"title", title}, {"body", body_of(title)}};
      if (client.send(post("/v1/notes", boost::json::serialize(draft))) != sending::sent) return;
      const auto answer = client.read_response();
      if (!answer.whole()) return;
      EXPECT_EQ(answer.status, 201) << answer.describe() << answer.body;
      if (answer.status != 201) return;
      {
        const std::lock_guard lock(mutex_);
        acknowledged_[answer.field("location").value_or("")] = title;
      }
      count_.add();
    }
  }

  tally count_;
  std::mutex mutex_;
  std::map<std::string, std::string> acknowledged_;
  std::vector<std::thread> threads_;
};

std::string text(const boost::json::object& note, const char* key) { return std::string(note.at(key).as_string()); }

void expect_whole(const boost::json::object& note) { EXPECT_EQ(text(note, "body"), body_of(text(note, "title"))); }

/// Every note that the service lists, page by page.
std::set<std::string> expect_all_whole(const endpoint& where) {
  std::set<std::string> titles;
  for (std::string after;;) {
    const auto page = ask(where, get("/v1/notes?limit=100&after=" + after));
    EXPECT_EQ(page.status, 200) << page.body;
    const auto parsed = boost::json::parse(page.body).as_object();
    const auto& notes = parsed.at("notes").as_array();
    if (notes.empty()) return titles;
    for (const auto& note : notes) {
      expect_whole(note.as_object());
      titles.insert(text(note.as_object(), "title"));
    }
    after = text(notes.back().as_object(), "id");
  }
}

// After kill -9 under write load, every note that was answered 201 is there, and none is half there. Three times on the
// same database.
TEST(Crash, KeepsEveryAcknowledgedNote) {
  running app(sample());
  std::set<std::string> acknowledged;
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    writers load(app.http(), round);
    EXPECT_TRUE(load.wait_for(100));
    app.signal(SIGKILL);
    const auto end = app.wait_exit();
    ASSERT_TRUE(end);
    EXPECT_EQ(end->signal, SIGKILL);
    const auto written = load.acknowledged();
    app.restart();
    app.must_be_ready();
    for (const auto& [location, title] : written) {
      const auto found = ask(app.http(), get(location));
      ASSERT_EQ(found.status, 200) << location;
      const auto note = boost::json::parse(found.body).as_object();
      EXPECT_EQ(text(note, "title"), title);
      expect_whole(note);
      acknowledged.insert(title);
    }
    const auto listed = expect_all_whole(app.http());
    EXPECT_TRUE(std::includes(listed.begin(), listed.end(), acknowledged.begin(), acknowledged.end()));
  }
  app.signal(SIGTERM);
  expect_exit(app, 0, promptly);
}

// A note that was answered 201 just before the stop is there after it, also after the fast one.
TEST(Crash, KeepsNotesThroughEveryStop) {
  for (const int signal : {SIGTERM, SIGQUIT}) {
    running app(sample());
    const auto created = ask(app.http(), post("/v1/notes", R"({"title":"last","body":"words"})"));
    ASSERT_EQ(created.status, 201) << created.describe();
    app.signal(signal);
    expect_exit(app, 0, promptly);
    app.restart();
    app.must_be_ready();
    EXPECT_EQ(ask(app.http(), get(*created.field("location"))).status, 200);
  }
}

}  // namespace
}  // namespace sundown::test
