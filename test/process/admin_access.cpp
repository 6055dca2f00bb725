// Who may call what on the admin port, and `sundown admin`, by which an image without a shell is operated.
#include "process/outcome.hpp"
#include "process/scenario.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include <sys/stat.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

int status_of(const endpoint& admin, const std::string& method, const std::string& path, const std::string& fields) {
  auto request = method + ' ' + path + " HTTP/1.1\r\n" + fields;
  if (fields.find("Host:") == fields.npos) request += "Host: 127.0.0.1\r\n";
  return ask(admin, request + "Content-Length: 0\r\n\r\n").status;
}

const std::string with_token = "Authorization: Bearer s3cret\r\n";

/// `sundown admin CALL` with these settings.
outcome call(const std::string& what, settings environment) {
  return run_to_end(with(std::move(environment)), {"admin", what});
}

/// Those by which a command finds this service.
settings of(const service& app, settings more = {}) {
  more.insert({{"SUNDOWN_ADMIN__ADDRESS", "127.0.0.1"}, {"SUNDOWN_ADMIN__PORT", std::to_string(app.admin().port)}});
  return more;
}

// A listener that is bound wider than loopback takes changing calls with the token alone, from loopback as well: there
// a mesh's proxy connects from. Without a token it takes none. Reading is open.
TEST(AdminAccess, TrustsLoopbackOnlyWhereNobodyElseIs) {
  for (const auto* address : {"0.0.0.0", "::"}) {
    running open(with({{"SUNDOWN_ADMIN__ADDRESS", address}}));
    running guarded(with({{"SUNDOWN_ADMIN__ADDRESS", address}, {"SUNDOWN_ADMIN__TOKEN", "s3cret"}}));
    for (const auto* path : {"/admin/drain", "/admin/undrain", "/admin/shutdown"}) {
      EXPECT_EQ(status_of(open.admin(), "POST", path, ""), 403) << path;
      EXPECT_EQ(status_of(open.admin(), "POST", path, "Authorization: Bearer \r\n"), 403) << path;
      EXPECT_EQ(status_of(guarded.admin(), "POST", path, ""), 403) << path;
    }
    EXPECT_EQ(status_of(guarded.admin(), "POST", "/admin/drain", with_token), 200);
    EXPECT_EQ(status_of(guarded.admin(), "POST", "/admin/undrain", with_token), 200);
    for (const auto* path : {"/live", "/ready", "/status", "/metrics"})
      EXPECT_EQ(status_of(guarded.admin(), "GET", path, ""), 200) << path;
  }
  running local;
  EXPECT_EQ(status_of(local.admin(), "POST", "/admin/drain", ""), 200);
}

// Figures can be protected as well; probes never are.
TEST(AdminAccess, MayProtectTheFiguresToo) {
  running app(with(
      {{"SUNDOWN_ADMIN__ADDRESS", "0.0.0.0"}, {"SUNDOWN_ADMIN__TOKEN", "s3cret"}, {"SUNDOWN_ADMIN__PROTECT", "all"}}));
  for (const auto* path : {"/live", "/ready"}) EXPECT_EQ(status_of(app.admin(), "GET", path, ""), 200) << path;
  for (const auto* path : {"/status", "/metrics"}) {
    EXPECT_EQ(status_of(app.admin(), "GET", path, ""), 403) << path;
    EXPECT_EQ(status_of(app.admin(), "HEAD", path, ""), 403) << path;
    EXPECT_EQ(status_of(app.admin(), "GET", path, with_token), 200) << path;
  }
}

// No other page than the listener's own reaches anything: one of elsewhere is known by Origin and Sec-Fetch-Site, one
// that has its own name point here by Host. Names that no page can have, addresses, and those of the configuration are
// let in.
TEST(AdminAccess, IsForNoOtherPage) {
  running app(with({{"SUNDOWN_ADMIN__HOSTS", "ops.example.com"}}));
  const auto status = [&](const std::string& path, const std::string& fields) {
    return status_of(app.admin(), path.starts_with("/admin") ? "POST" : "GET", path, fields);
  };
  for (const auto* path : {"/admin/drain", "/status", "/metrics"}) {
    for (const std::string wrong :
         {"Host: evil.example\r\n", "Host: evil.example:8081\r\n", "Host: 127.0.0.1.evil.example\r\n",
          "Host: localhost.evil.example\r\n", "Host: svc.example\r\n", "Host: 1.2.3.4.5\r\n",
          "Host: xops.example.com\r\n", "Origin: http://evil.example\r\n", "Origin: null\r\n",
          "Sec-Fetch-Site: cross-site\r\n", "Sec-Fetch-Site: same-site\r\n"})
      EXPECT_EQ(status(path, wrong), 403) << path << ' ' << wrong;
    for (const std::string right :
         {"Host: 127.0.0.1:8081\r\n", "Host: 10.1.2.3\r\n", "Host: [::1]:8081\r\n", "Host: localhost:8081\r\n",
          "Host: LOCALHOST\r\n", "Host: sundown\r\n", "Host: sundown.shop.svc:8081\r\n",
          "Host: sundown.shop.svc.cluster.local\r\n", "Host: ops.example.com:8081\r\n", "Host: OPS.example.com\r\n",
          "Sec-Fetch-Site: none\r\n", "Host:\r\n"})
      EXPECT_EQ(status(path, right), 200) << path << ' ' << right;
  }
  const std::string own_page = "Sec-Fetch-Site: same-origin\r\n";  // it looks, and changes nothing
  EXPECT_EQ(status("/status", own_page), 200);
  EXPECT_EQ(status("/status", own_page + "Host: evil.example\r\n"), 403);
  EXPECT_EQ(status("/admin/drain", own_page), 403);
  EXPECT_EQ(status("/", "Host: evil.example\r\nSec-Fetch-Site: cross-site\r\n"), 200);  // it has no figures in it
  EXPECT_EQ(status("/ready", "Host: evil.example\r\n"), 503);  // it drains: a probe is answered, whoever asks
  running any(with({{"SUNDOWN_ADMIN__HOSTS", "*"}}));
  EXPECT_EQ(status_of(any.admin(), "GET", "/status", "Host: anything.example\r\n"), 200);
}

// The command makes the calls with the token of its configuration, and prints what is answered; wrong or missing
// tokens, and a service that isn't there, are told with code 1.
TEST(AdminCommand, MakesTheCalls) {
  running app(with({{"SUNDOWN_ADMIN__ADDRESS", "0.0.0.0"}, {"SUNDOWN_ADMIN__TOKEN", "s3cret"}}));
  const settings right = of(app, {{"SUNDOWN_ADMIN__TOKEN", "s3cret"}});
  EXPECT_THAT(call("status", right).out, HasSubstr("\"state\":\"ready\""));
  EXPECT_EQ(call("drain", of(app)).code, 1);
  EXPECT_THAT(call("drain", of(app, {{"SUNDOWN_ADMIN__TOKEN", "other"}})).err, HasSubstr("403"));
  const auto drained = call("drain", right);
  EXPECT_EQ(drained.code, 0) << drained.err;
  EXPECT_EQ(drained.out, "{\"state\":\"draining\",\"ready\":false}\n");
  EXPECT_THAT(drained.err, IsEmpty());
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 503);
  EXPECT_EQ(call("undrain", right).code, 0);
  EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
  EXPECT_EQ(call("shutdown", right).code, 0);
  EXPECT_EQ(app.wait_exit()->code, 0);
  EXPECT_THAT(call("status", right).err, HasSubstr("refused"));
  EXPECT_EQ(call("stop", right).code, 2);
}

// A token that nobody has set is made at the start, in a file that only its user can read; the command finds it there,
// and a second start takes the same.
TEST(AdminCommand, FindsTheTokenThatWasMade) {
  const temp_dir folder;
  const auto file = (folder / "admin.token").string();
  const settings wide{{"SUNDOWN_ADMIN__ADDRESS", "0.0.0.0"}, {"SUNDOWN_ADMIN__TOKEN_FILE", file}};
  std::string token;
  for (int start = 0; start < 2; ++start) {
    running app(with(wide));
    struct stat made{};
    ASSERT_EQ(::stat(file.c_str(), &made), 0);
    EXPECT_EQ(made.st_mode & 0777U, 0600U);
    std::string found;
    std::getline(std::ifstream(file), found);
    EXPECT_EQ(found.size(), 64U);
    EXPECT_TRUE(start == 0 || found == token);
    token = found;
    EXPECT_EQ(status_of(app.admin(), "POST", "/admin/drain", ""), 403);
    EXPECT_EQ(status_of(app.admin(), "POST", "/admin/drain", "Authorization: Bearer " + token + "\r\n"), 200);
    EXPECT_EQ(call("undrain", of(app, {{"SUNDOWN_ADMIN__TOKEN_FILE", file}})).code, 0);
    EXPECT_EQ(ask(app.admin(), get("/ready")).status, 200);
    app.signal(SIGTERM);
    expect_exit(app, 0, slack(8s));
  }
  EXPECT_EQ(std::distance(begin(std::filesystem::directory_iterator(folder.path())), {}), 1) << "nothing else is left";
}

// A file that has no token, and one that can't be made, end the start with what to do; the token itself is never told.
TEST(AdminCommand, RefusesAFileWithoutAToken) {
  const temp_dir folder;
  const auto file = (folder / "admin.token").string();
  const auto failed = [](const std::string& where) {
    service app(with({{"SUNDOWN_ADMIN__TOKEN_FILE", where}}));
    const auto end = app.wait_exit();
    EXPECT_TRUE(end && end->code == 1);
    return app.written();
  };
  for (const auto* content : {"", "\n", "two words\n", "\xc3\xa4\n"}) {
    std::ofstream(file) << content;
    EXPECT_THAT(failed(file), HasSubstr("admin.token_file '" + file + "'")) << content;
  }
  EXPECT_THAT(failed((folder / "none" / "admin.token").string()), HasSubstr("can't be made"));
}

}  // namespace
}  // namespace sundown::test
