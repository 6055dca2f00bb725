// A service of another name has everything that the sample has, and nothing of it says whose library it stands on.
#include "support/testing.hpp"

#include <sundown/testing/googletest.hpp>

#include <gmock/gmock.h>

#include <boost/json/parse.hpp>

#include <algorithm>
#include <cstdlib>
#include <map>

#include <signal.h>

namespace sundown::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// The service that is looked at: that of this build, or the one that $ORDERS_BINARY names.
std::string orders_binary() {
  const char* const given = std::getenv("ORDERS_BINARY");
  return given ? given : ORDERS_BINARY;
}

/// The text without the paths of this build, which may have any name in them.
std::string without_paths(std::string text) {
  const auto folder = std::filesystem::path(orders_binary()).parent_path().string();
  for (auto at = text.find(folder); at != text.npos; at = text.find(folder, at)) text.erase(at, folder.size());
  return text;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
  return text;
}

class OrdersByName : public testing::Test {
 protected:
  ~OrdersByName() override {
    EXPECT_THAT(lower(without_paths(seen_)), Not(HasSubstr("sundown")));
    EXPECT_THAT(lower(without_paths(seen_)), Not(HasSubstr("notes_")));
  }

  child_process& start(std::vector<std::string> arguments = {}, std::map<std::string, std::string> variables = {}) {
    std::map<std::string, std::string> all{{"ORDERS_HTTP__PORT", "0"},
                                           {"ORDERS_ADMIN__PORT", "0"},
                                           {"ORDERS_HTTP__WORKERS", "2"},
                                           {"ORDERS_LOG__FORMAT", "json"},
                                           {"MONGOC_DISABLE_SHM", "1"}};
    for (const auto& [name, value] : variables) all[name] = value;
    command what = service_command({.program = orders_binary()}, folder_.path());
    what.program = orders_binary();
    what.arguments = std::move(arguments);
    for (const auto& [name, value] : all) what.environment.push_back(name + "=" + value);
    return process_.emplace(what);
  }
  void ready() {
    const auto found = wait_ready_line(process_->out());
    ASSERT_TRUE(found) << written();
    where_ = *found;
  }
  /// Runs it to its end: the exit code.
  int run(std::vector<std::string> arguments, std::map<std::string, std::string> variables = {}) {
    start(std::move(arguments), std::move(variables));
    return end();
  }
  int end() {
    const auto ended = process_->wait_exit();
    process_->out().wait_end();
    process_->err().wait_end();
    seen_ += written();
    return ended ? ended->code : -1;
  }
  std::string written() const { return process_->out().text() + process_->err().text(); }

  std::string ask_for(const endpoint& listener, const std::string& request) {
    const auto answer = ask(listener, request);
    std::string text = std::to_string(answer.status) + "\n";
    for (const auto& [name, value] : answer.fields) text += name + ": " + value + "\n";
    text += "\n" + answer.body;
    seen_ += text;
    return text;
  }

  temp_dir folder_;
  std::optional<child_process> process_;
  service_endpoints where_;
  std::string seen_;
};

// The command line is the service's.
TEST_F(OrdersByName, HasACommandLine) {
  EXPECT_EQ(run({"--help"}), 0);
  EXPECT_THAT(written(), HasSubstr("Takes orders."));
  EXPECT_THAT(written(), HasSubstr("ORDERS_HTTP__PORT"));
  EXPECT_EQ(run({"--version"}), 0);
  EXPECT_EQ(written(), "orders 1.2.3\n");
  EXPECT_EQ(run({"--nonsense"}), 2);
  EXPECT_EQ(run({"healthcheck"}, {{"ORDERS_ADMIN__PORT", "1"}}), 1);
  EXPECT_THAT(written(), HasSubstr("orders: unhealthy"));
}

// Its own keys are keys like all others: in the environment, checked, printed, masked, suggested.
TEST_F(OrdersByName, HasKeysOfItsOwn) {
  EXPECT_EQ(run({"--print-config"}, {{"ORDERS_ORDERS__PAGE", "20"}, {"ORDERS_ORDERS__API_KEY", "hidden"}}), 0);
  EXPECT_THAT(written(), HasSubstr("page = 20"));
  EXPECT_THAT(written(), Not(HasSubstr("hidden")));
  EXPECT_EQ(run({"--print-config=markdown"}), 0);
  EXPECT_THAT(written(), HasSubstr("`orders.page`"));
  EXPECT_EQ(run({"--check-config"}, {{"ORDERS_ORDERS__PAGE", "0"}}), 2);
  EXPECT_THAT(written(), HasSubstr("ORDERS_ORDERS__PAGE"));
  EXPECT_EQ(run({"--check-config"}, {{"ORDERS_ORDERS__PAEG", "10"}}), 2);
  EXPECT_THAT(written(), HasSubstr("did you mean 'ORDERS_ORDERS__PAGE'"));
}

// Probes, figures and answers carry the service's name and no other.
TEST_F(OrdersByName, ShowsItsOwnName) {
  start();
  ready();
  EXPECT_THAT(written(), HasSubstr(R"("program":"orders","version":"1.2.3"})"));
  EXPECT_THAT(ask_for(where_.http, post("/v1/orders", "a book", "text/plain")), HasSubstr("order 1"));
  EXPECT_THAT(ask_for(where_.http, get("/v1/orders")), HasSubstr("a book"));
  EXPECT_THAT(ask_for(where_.http, get("/nowhere")), HasSubstr("server: orders\n"));
  for (const auto* path : {"/live", "/ready", "/status"})
    EXPECT_THAT(ask_for(where_.admin, get(path)), HasSubstr("200")) << path;
  const auto figures = ask_for(where_.admin, get("/metrics"));
  EXPECT_THAT(figures, HasSubstr("orders_requests_total"));
  EXPECT_THAT(figures, HasSubstr("\norders_placed 1\n"));
  process_->signal(SIGHUP);
  EXPECT_TRUE(process_->out().wait_for("reloaded"));
  process_->signal(SIGTERM);
  EXPECT_EQ(end(), 0);
}

// Without the component of TLS, a configuration that asks for it is refused, in one line that says what to do.
TEST_F(OrdersByName, HasNoTlsAndSaysSo) {
  const std::map<std::string, std::string> asks_for_tls{{"ORDERS_HTTP__TLS__CERTIFICATE", "/tls.crt"},
                                                        {"ORDERS_HTTP__TLS__PORT", "0"}};
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"--check-config"}, {}}) {
    EXPECT_EQ(run(arguments, asks_for_tls), 2);
    const auto text = process_->err().text();
    EXPECT_THAT(text, HasSubstr("http.tls.certificate is set, but orders is built without TLS: leave [http.tls] out"));
    EXPECT_EQ(text.find("http.tls."), text.rfind("http.tls.")) << text;
  }
  EXPECT_EQ(run({"healthcheck"}, {{"ORDERS_ADMIN__TLS__CERTIFICATE", "/tls.crt"}, {"ORDERS_ADMIN__PORT", "1"}}), 1);
  EXPECT_THAT(process_->err().text(), HasSubstr("built without TLS"));
}

// A request in flight at SIGTERM is answered, then the part is closed, and the report says so.
TEST_F(OrdersByName, StopsInOrder) {
  start({}, {{"ORDERS_ORDERS__DELAY", "2s"}});
  ready();
  raw_client client;
  ASSERT_EQ(client.connect(where_.http), connecting::connected);
  client.send(post("/v1/orders", "a lamp", "text/plain"));
  ASSERT_TRUE(eventually(ample, [&] {
    return ask(where_.admin, get("/metrics")).body.find("orders_requests_in_flight 1\n") != std::string::npos;
  }));
  process_->signal(SIGTERM);
  const auto answer = client.read_response();
  EXPECT_EQ(answer.status, 201) << answer.describe();
  EXPECT_TRUE(answer.says_close());
  EXPECT_EQ(end(), 0);
  const auto log = written();
  EXPECT_LT(log.find("stop: sessions ended"), log.find("ledger closed"));
  EXPECT_LT(log.find("ledger closed"), log.find("stop: closing workers"));
  EXPECT_THAT(log, HasSubstr(R"({"name":"ledger","result":"closed")"));
}

// SIGUSR2 puts a new process of the same name in its place.
TEST_F(OrdersByName, IsReplacedInPlace) {
  start();
  ready();
  process_->signal(SIGUSR2);
  const auto line = process_->out().wait_for("upgrade: the new process is ready");
  ASSERT_TRUE(line) << written();
  const auto next = boost::json::parse(*line).as_object().at("pid").to_number<pid_t>();
  ASSERT_TRUE(process_->wait_exit());
  EXPECT_THAT(ask_for(where_.http, get("/v1/orders")), HasSubstr("200"));
  ::kill(next, SIGTERM);
  EXPECT_EQ(end(), 0);
}

}  // namespace
}  // namespace sundown::test
