#include "app/notes/sqlite_fixture.hpp"

#include <boost/asio/detached.hpp>

#include <gtest/gtest.h>

#include <csignal>
#include <map>
#include <sstream>

#include <sys/wait.h>
#include <unistd.h>

namespace sundown::test {
namespace {

/// Long enough to span pages, so that half of it would show.
std::string body_for(const std::string& title) {
  std::string body;
  while (body.size() < 10'000) body += title + ' ';
  return body;
}

task<> write_and_acknowledge(storage::note_store& store, int pipe, int writer) {
  for (int i = 0;; ++i) {
    const auto title = std::to_string(writer) + '/' + std::to_string(i);
    storage::note_draft draft{title, body_for(title)};
    const auto made = co_await store.create(std::move(draft));
    if (!made) _exit(3);
    const auto line = made->id + ' ' + title + '\n';  // shorter than PIPE_BUF: written whole or not at all
    if (write(pipe, line.data(), line.size()) < 0) _exit(4);
  }
}

[[noreturn]] void write_until_killed(const sqlite::options& options, int pipe) {
  blocking_pool pool({.threads = 2, .queue = 64});
  storage::sqlite_store store(options, pool);
  asio::io_context context;
  for (int writer = 0; writer < 16; ++writer) {
    asio::co_spawn(context, write_and_acknowledge(store, pipe, writer), asio::detached);
  }
  context.run();
  _exit(5);
}

/// Opens the store again and looks for every acknowledged note.
void expect_all_whole(const sqlite::options& options, std::map<std::string, std::string> acknowledged) {
  worker_thread worker;
  blocking_pool pool({.threads = 1, .queue = 8});
  storage::sqlite_store store(options, pool);
  const auto page = worker.run(store.list(1'000'000, ""));
  ASSERT_TRUE(page);
  for (const auto& note : page->notes) {
    EXPECT_EQ(note.body, body_for(note.title)) << "half there: " << note.id;
    acknowledged.erase(note.id);
  }
  EXPECT_TRUE(acknowledged.empty()) << acknowledged.size() << " acknowledged notes are lost";
  worker.run(store.close());
}

// kill -9 under write load: every acknowledged note is there after the restart, and none is half there.
TEST(SqliteDurability, KilledUnderLoad) {
  temp_dir directory;
  const sqlite::options options(directory / "notes.db", 10s);
  std::map<std::string, std::string> acknowledged;
  for (int round = 0; round < 3; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      alarm(60);  // should the test itself die
      write_until_killed(options, ends[1]);
    }
    close(ends[1]);
    std::string text;
    char block[4096];
    bool killed = false;
    for (ssize_t got = 0; (got = read(ends[0], block, sizeof block)) > 0;) {
      text.append(block, static_cast<std::size_t>(got));
      if (!killed && text.size() > 10'000) killed = kill(child, SIGKILL) == 0;
    }
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;

    std::istringstream lines(text);
    for (std::string id, title; lines >> id >> title;) acknowledged[id] = title;
    ASSERT_GT(acknowledged.size(), 100U);
    expect_all_whole(options, acknowledged);
  }
}

}  // namespace
}  // namespace sundown::test
