// What can happen to the database's files under a service that runs.
#include "app/notes/posting.hpp"
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <sqlite3.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>

#include <sys/resource.h>

namespace sundown::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
namespace fs = std::filesystem;

/// What another process does to the database.
void execute(const fs::path& database, const char* sql) {
  sqlite3* handle = nullptr;
  int code = sqlite3_open(database.c_str(), &handle);
  if (code == SQLITE_OK) code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr);
  sqlite3_close(handle);
  if (code != SQLITE_OK) throw std::runtime_error(std::string(sql) + ": " + sqlite3_errstr(code));
}

/// The soft limit alone, so that it can be taken back.
void limit_file_size(pid_t process, rlim_t bytes) {
  rlimit limit{};
  prlimit(process, RLIMIT_FSIZE, nullptr, &limit);
  limit.rlim_cur = bytes;
  if (prlimit(process, RLIMIT_FSIZE, &limit, nullptr) != 0) throw std::runtime_error("prlimit");
}

struct scene {
  service& app;
  fs::path database;

  fs::path log() const { return database.string() + "-wal"; }
  fs::path index() const { return database.string() + "-shm"; }
  fs::path folder() const { return database.parent_path(); }
  /// Where the test puts things aside; in the same file system.
  fs::path aside() const { return folder().string() + ".aside"; }
};

struct fault {
  std::string name;
  std::function<void(const scene&)> happens;
  std::string said;          ///< in the reason of /ready
  bool reads;                ///< notes can still be read
  bool keeps_what_was_told;  ///< after `mended` and a restart every acknowledged note is there
  bool heals = false;        ///< `mended` makes it ready again, without a restart
  std::function<void(const scene&)> mended = [](const scene&) {};

  friend void PrintTo(const fault& chosen, std::ostream* out) { *out << chosen.name; }
};

class SqliteFiles : public testing::Test {
 protected:
  SqliteFiles() {
    fs::create_directory(folder.path() / "data");
    app.emplace(sample(with({{"SUNDOWN_STORAGE__SQLITE__PATH", database().string()}})));
  }
  ~SqliteFiles() override { fs::remove_all(at().aside()); }

  fs::path database() const { return folder.path() / "data" / "notes.db"; }
  scene at() { return {*app, database()}; }

  /// Its path, "" if it was not acknowledged.
  std::string write() {
    const auto answer = ask(app->http(), post("/v1/notes", R"({"title":"kept"})"));
    return answer.status == 201 ? answer.field("location").value() : "";
  }
  reply ready() { return ask(app->admin(), get("/ready")); }

  const temp_dir folder{data_directory()};
  std::optional<running> app;
};

class SqliteFileFaults : public SqliteFiles, public testing::WithParamInterface<fault> {};

// The process lives and says by /ready what is wrong; nothing is acknowledged that the next process would not find;
// what was acknowledged before is there once the files are back in their places; what can come back by itself does.
TEST_P(SqliteFileFaults, AreTold) {
  std::vector<std::string> acknowledged;
  for (int i = 0; i < 20; ++i) acknowledged.push_back(write());
  ASSERT_THAT(acknowledged, testing::Not(testing::Contains("")));
  GetParam().happens(at());

  EXPECT_EQ(write(), "") << "a note was acknowledged that the next process won't find";
  EXPECT_EQ(ask(app->http(), get(acknowledged.back())).status, GetParam().reads ? 200 : 503);
  ASSERT_TRUE(eventually(ample, [&] { return ready().status == 503; })) << app->log();
  EXPECT_THAT(ready().body, AllOf(HasSubstr("sqlite: "), HasSubstr(GetParam().said)));
  EXPECT_EQ(ask(app->admin(), get("/live")).status, 200);
  EXPECT_EQ(write(), "");

  if (GetParam().heals) {
    GetParam().mended(at());
    EXPECT_TRUE(eventually(ample, [&] { return ready().status == 200; })) << ready().body;
    acknowledged.push_back(write());
    EXPECT_NE(acknowledged.back(), "");
    stop(*app, SIGTERM);
    expect_exit(*app, 0, slack(2s));
  } else {
    // As hard as it gets: what is kept must have been safe before.
    app->signal(SIGKILL);
    ASSERT_TRUE(app->wait_exit());
    GetParam().mended(at());
  }
  if (!GetParam().keeps_what_was_told) return;
  app->restart();
  app->must_be_ready();
  for (const auto& note : acknowledged) EXPECT_EQ(ask(app->http(), get(note)).status, 200) << note;
}

// An orderly stop with such a fault ends in time; it is a failure where the database itself is lost or untouchable.
TEST_P(SqliteFileFaults, AreNoReasonToHangAtTheStop) {
  for (int i = 0; i < 5; ++i) ASSERT_NE(write(), "");
  GetParam().happens(at());
  ASSERT_EQ(write(), "");
  app->signal(SIGTERM);
  const auto end = app->wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->signal, 0) << end->describe();
  EXPECT_LT(end->after_signal, slack(3s));
}

INSTANTIATE_TEST_SUITE_P(
    Every, SqliteFileFaults,
    testing::Values(
        fault{"DatabaseMoved", [](const scene& at) { fs::rename(at.database, at.aside()); }, "was moved or deleted",
              true, true, true, [](const scene& at) { fs::rename(at.aside(), at.database); }},
        fault{"DatabaseDeleted", [](const scene& at) { fs::remove(at.database); }, "was moved or deleted", true, false},
        fault{"DatabaseReplaced",
              [](const scene& at) {
                std::ofstream(at.aside()) << "";
                fs::rename(at.aside(), at.database);
              },
              "was replaced", true, false},
        fault{"DatabaseCut", [](const scene& at) { fs::resize_file(at.database, 100); }, "was cut short", true, false},
        fault{"FolderMoved", [](const scene& at) { fs::rename(at.folder(), at.aside()); }, "was moved or deleted", true,
              true, true, [](const scene& at) { fs::rename(at.aside(), at.folder()); }},
        fault{"LogDeleted", [](const scene& at) { fs::remove(at.log()); }, "-wal was moved or deleted", true, true},
        fault{"LogReplaced",
              [](const scene& at) {
                fs::remove(at.log());
                std::ofstream(at.log()) << "";
              },
              "-wal was replaced", true, true, false, [](const scene& at) { fs::remove(at.log()); }},
        fault{"LogCut", [](const scene& at) { fs::resize_file(at.log(), 0); }, "-wal was cut short", false, false},
        // Nothing but the writer has looked at the log since.
        fault{"LogCutBeforeItsLastCommit",
              [](const scene& at) {
                const auto before = fs::file_size(at.log());
                if (ask(at.app.http(), post("/v1/notes", R"({"title":"cut off"})")).status != 201)
                  throw std::runtime_error("post");
                fs::resize_file(at.log(), before);
              },
              "-wal was cut short", false, true},
        fault{"IndexCut", [](const scene& at) { fs::resize_file(at.index(), 0); }, "-shm was cut short", false, true},
        fault{"IndexDeleted", [](const scene& at) { fs::remove(at.index()); }, "-shm was moved or deleted", true, true},
        fault{"TableGone", [](const scene& at) { execute(at.database, "DROP TABLE note"); }, "no such table", false,
              false},
        fault{"ColumnGone", [](const scene& at) { execute(at.database, "ALTER TABLE note DROP COLUMN body"); },
              "no such column", false, false},
        fault{"TableReplaced",
              [](const scene& at) {
                execute(at.database, "DROP TABLE note; CREATE TABLE note (id TEXT PRIMARY KEY, other TEXT)");
              },
              "no such column", false, false},
        fault{"TriggerRefuses",
              [](const scene& at) {
                execute(at.database,
                        "CREATE TRIGGER spoiler BEFORE INSERT ON note BEGIN SELECT RAISE(ABORT, 'not today'); END");
              },
              "not today", true, true, true, [](const scene& at) { execute(at.database, "DROP TRIGGER spoiler"); }},
        fault{"TriggerIgnores",
              [](const scene& at) {
                execute(at.database, "CREATE TRIGGER spoiler BEFORE INSERT ON note BEGIN SELECT RAISE(IGNORE); END");
              },
              "ignores what is written", true, true, true,
              [](const scene& at) { execute(at.database, "DROP TRIGGER spoiler"); }},
        // Not even into what the files have already: a log that is emptied makes room.
        fault{"DiskFull", [](const scene& at) { limit_file_size(at.app.process().pid(), 0); }, "is full", true, true,
              true, [](const scene& at) { limit_file_size(at.app.process().pid(), RLIM_INFINITY); }}),
    [](const auto& chosen) { return chosen.param.name; });

// A damaged page is found by the first read that meets it; from then on nothing is written any more.
TEST_F(SqliteFiles, MayBeDamaged) {
  const auto large = R"({"body":")" + std::string(3'000, 'x') + R"("})";
  for (int i = 0; i < 100; ++i) ASSERT_EQ(ask(app->http(), post("/v1/notes", large)).status, 201);
  stop(*app, SIGTERM);
  expect_exit(*app, 0, slack(2s));
  app->restart();
  app->must_be_ready();
  std::fstream file(database(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(8 * 4096);
  file << std::string(60 * 4096, '\x5a');
  file.close();
  EXPECT_EQ(ask(app->http(), get("/v1/notes?limit=500")).status, 503);
  EXPECT_TRUE(eventually(ample, [&] { return ready().status == 503; }));
  EXPECT_THAT(ready().body, HasSubstr("is damaged"));
  EXPECT_EQ(write(), "");
  EXPECT_EQ(ask(app->admin(), get("/live")).status, 200);
}

// A log that can't grow any more is emptied into the database, where that has room, and the next notes have some again.
TEST_F(SqliteFiles, MayGetRoomFromTheLog) {
  std::vector<std::string> acknowledged;
  for (int i = 0; i < 20; ++i) acknowledged.push_back(write());
  ASSERT_THAT(acknowledged, testing::Not(testing::Contains("")));
  limit_file_size(app->process().pid(), fs::file_size(at().log()));
  EXPECT_EQ(write(), "");
  EXPECT_TRUE(eventually(ample, [&] { return ready().status == 200; })) << ready().body;
  acknowledged.push_back(write());
  EXPECT_NE(acknowledged.back(), "");
  app->signal(SIGKILL);
  ASSERT_TRUE(app->wait_exit());
  app->restart();
  app->must_be_ready();
  for (const auto& note : acknowledged) EXPECT_EQ(ask(app->http(), get(note)).status, 200) << note;
}

// Permissions that were taken away hinder no open file: it goes on, and says that the next start will fail.
TEST_F(SqliteFiles, MayBecomeUnwritable) {
  auto options = sample(with({{"SUNDOWN_STORAGE__SQLITE__PATH", database().string()}}));
  options.without_capabilities = true;
  app.reset();
  app.emplace(options);
  ASSERT_NE(write(), "");
  fs::permissions(database(), fs::perms::owner_read);
  EXPECT_TRUE(eventually(ample, [&] { return ready().body.find("no longer writable") != std::string::npos; }));
  EXPECT_EQ(ready().status, 200);
  EXPECT_NE(write(), "");
  fs::permissions(database(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_TRUE(eventually(ample, [&] { return ready().body.find("degraded") == std::string::npos; }));
}

// An index that is cut while many write ends none of their calls by the end of the process; what was acknowledged is in
// the log.
TEST_F(SqliteFiles, MayBeCutUnderLoad) {
  posting clients(app->http(), 8);
  ASSERT_TRUE(clients.wait_for(100));
  fs::resize_file(at().index(), 0);
  EXPECT_TRUE(eventually(ample, [&] { return ready().status == 503; }));
  EXPECT_EQ(ask(app->admin(), get("/live")).status, 200);
  const auto acknowledged = clients.finish();
  app->signal(SIGTERM);
  const auto end = app->wait_exit();
  ASSERT_TRUE(end);
  EXPECT_EQ(end->signal, 0) << end->describe();
  app->restart();
  app->must_be_ready();
  for (const auto& id : acknowledged) EXPECT_EQ(ask(app->http(), get("/v1/notes/" + id)).status, 200) << id;
}

// With nobody writing: what refuses a write, of any kind, is found all the same.
TEST_F(SqliteFiles, MayRefuseWritesThatNobodyTries) {
  const auto kept = write();
  ASSERT_NE(kept, "");
  for (const char* what :
       {"INSERT ON note BEGIN SELECT RAISE(ROLLBACK, 'no')", "UPDATE ON note BEGIN SELECT RAISE(ABORT, 'no')",
        "DELETE ON note BEGIN SELECT RAISE(IGNORE)"}) {
    const auto sql = std::string("CREATE TRIGGER spoiler BEFORE ") + what + "; END";
    execute(database(), sql.c_str());
    EXPECT_TRUE(eventually(ample, [&] { return ready().status == 503; })) << sql;
    execute(database(), "DROP TRIGGER spoiler");
    EXPECT_TRUE(eventually(ample, [&] { return ready().status == 200; })) << sql;
  }
  EXPECT_EQ(ask(app->http(), get("/v1/notes?limit=10")).body.find("probe"), std::string::npos);
  EXPECT_NE(write(), "");
}

// What is in order is no fault: another process that empties the log, or makes the file smaller.
TEST_F(SqliteFiles, MayBeUsedByOthers) {
  for (int i = 0; i < 20; ++i) ASSERT_NE(write(), "");
  for (const char* sql :
       {"PRAGMA wal_checkpoint(TRUNCATE)", "DELETE FROM note; VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
        "BEGIN; SELECT count(*) FROM note; COMMIT"}) {
    execute(database(), sql);
    EXPECT_NE(write(), "") << sql;
    EXPECT_EQ(ready().status, 200) << sql << ": " << ready().body;
  }
}

}  // namespace
}  // namespace sundown::test
