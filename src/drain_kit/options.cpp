#include "drain_kit/options.hpp"

#include "drain_kit/protocol.hpp"

#include <sundown/testing/service_command.hpp>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <functional>
#include <map>
#include <string_view>

namespace sundown::testing::drain_kit {
namespace {

/// `what`: "a whole number" and the like.
template <class Number>
Number number(const std::string& name, const char* what, const std::string& text, Number least, Number most) {
  Number value{};
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || !(value >= least && value <= most))
    throw usage_error(name + " takes " + what + " from " + std::to_string(static_cast<std::int64_t>(least)) + " to " +
                      std::to_string(static_cast<std::int64_t>(most)) + ", not '" + text + "'");
  return value;
}

template <class Whole>
Whole whole_number(const std::string& name, const std::string& text, Whole least, Whole most) {
  return number(name, "a whole number", text, least, most);
}

milliseconds seconds(const std::string& name, const std::string& text, double least = 0) {
  return milliseconds(static_cast<int>(number(name, "a number of seconds", text, least, 3600.0) * 1000));
}

/// Loopback only: a load of clients and a signal are nothing to send to somebody else's machine by mistake.
void take_target(options& given, const std::string& url) {
  given.tls = url.starts_with("https://");
  const auto refuse = [&] {
    throw usage_error("--target takes http://ADDRESS:PORT or https://..., not '" + url + "'");
  };
  if (!given.tls && !url.starts_with("http://")) refuse();
  auto rest = url.substr(url.find("//") + 2);
  if (rest.ends_with('/')) rest.pop_back();
  if (rest.find('/') != std::string::npos) throw usage_error("--target takes no path: use --path for that");
  if (rest.find(':') == std::string::npos || rest.ends_with(']')) rest += given.tls ? ":443" : ":80";
  auto where = parse_endpoint(rest);
  if (!where) refuse();
  if (where->address == "localhost") where->address = "127.0.0.1";
  if (!where->address.starts_with("127.") && where->address != "::1")
    throw usage_error("--target must be on this machine's loopback (127.0.0.1, [::1] or localhost), not '" +
                      where->address + "'");
  given.target = *where;
}

std::string path_of(const std::string& name, const std::string& text) {
  if (!text.starts_with('/') || text.find_first_of(" \r\n") != std::string::npos)
    throw usage_error(name + " takes a path that begins with /, not '" + text + "'");
  return text;
}

using setter = std::function<void(options&, const std::string&)>;

template <std::string options::* Member>
void take_text(options& given, const std::string& value) {
  given.*Member = value;
}

const std::map<std::string, setter>& setters() {
  static const std::map<std::string, setter> all{
      {"--start", take_text<&options::start>},
      {"--container", take_text<&options::container>},
      {"--unit", take_text<&options::unit>},
      {"--target", take_target},
      {"--pid", [](options& o, const std::string& v) { o.pid = whole_number("--pid", v, 2, 1 << 22); }},
      {"--exec", take_text<&options::exec>},
      {"--profile", take_text<&options::profile>},
      {"--path", [](options& o, const std::string& v) { o.path = path_of("--path", v); }},
      {"--slow-path", [](options& o, const std::string& v) { o.slow_path = path_of("--slow-path", v); }},
      {"--ca", take_text<&options::ca>},
      {"--signal", [](options& o, const std::string& v) { o.signal = signal_number(v); }},
      {"--grace", [](options& o, const std::string& v) { o.grace = seconds("--grace", v); }},
      {"--margin", [](options& o, const std::string& v) { o.margin = seconds("--margin", v); }},
      {"--start-timeout", [](options& o, const std::string& v) { o.start_timeout = seconds("--start-timeout", v, 1); }},
      {"--runs", [](options& o, const std::string& v) { o.runs = whole_number("--runs", v, 1, 1000); }},
      {"--seed", [](options& o, const std::string& v) { o.seed = whole_number("--seed", v, 0U, ~0U); }},
      {"--only", [](options& o, const std::string& v) { o.only.push_back(v); }},
      {"--explain", [](options& o, const std::string& v) { o.explain.push_back(v); }},
      {"--svg", take_text<&options::svg>},
      {"--json", take_text<&options::json>},
      {"--junit", take_text<&options::junit>},
      {"--html", take_text<&options::html>},
      {"--logs", take_text<&options::logs>},
  };
  return all;
}

using flag = bool options::*;

const std::map<std::string, flag>& flags() {
  static const std::map<std::string, flag> all{
      {"--help", &options::help},     {"-h", &options::help},   {"--list", &options::list},
      {"--h2", &options::http2},      {"--tls", &options::tls}, {"--insecure", &options::insecure},
      {"--strict", &options::strict},
  };
  return all;
}

/// `name` makes sense only with `other`.
void goes_with(const options& given, const char* name, bool has_other, const char* other) {
  if (given.given.contains(name) && !has_other) throw usage_error(std::string(name) + " goes with " + other);
}

void check_protocol(const options& given) {
  if (given.http2 && !protocol::has_http2()) throw usage_error("--h2: built without nghttp2 (SUNDOWN_HTTP2)");
  if (given.tls && !protocol::has_tls()) throw usage_error("TLS: built without OpenSSL (SUNDOWN_TLS)");
  goes_with(given, "--tls", !given.target, "--start; --target takes https://...");
  if (!given.target) return;
  if (given.tls && given.ca.empty() != given.insecure)
    throw usage_error("https:// needs --ca FILE, or --insecure for any certificate");
  if (!given.tls && (given.insecure || !given.ca.empty())) throw usage_error("--ca and --insecure go with https://");
}

void check_server(const options& given) {
  const bool managed = !given.container.empty() || !given.unit.empty();
  if (given.start.empty() == !given.target)
    throw usage_error("give either --start 'COMMAND --port {port}' or --target URL");
  if (!given.container.empty() && !given.unit.empty()) throw usage_error("give either --container or --unit");
  if (managed && !given.target) throw usage_error("--container and --unit need --target, where the server listens");
  if (given.target && !managed && given.pid == 0 && given.exec.empty())
    throw usage_error("--target needs what stops it: --pid, --exec, --container or --unit");
  goes_with(given, "--pid", given.target && !managed, "--target alone");
  goes_with(given, "--exec", !managed, "--start or --target");
  goes_with(given, "--signal", !managed && given.exec.empty(), "--start or --pid");
  for (const char* name : {"--ca", "--insecure"}) goes_with(given, name, given.target.has_value(), "--target");
  for (const char* name : {"--runs", "--logs", "--start-timeout"})
    goes_with(given, name, !given.start.empty() || managed, "--start, --container or --unit: others end with one stop");
}

void check(const options& given) {
  if (given.help || given.list || !given.explain.empty()) return;
  if (!given.compare.empty()) {
    if (given.compare.size() != 2) throw usage_error("compare takes two files of --json");
    return;
  }
  check_protocol(given);
  check_server(given);
}

}  // namespace

int signal_number(const std::string& text) {
  const auto name = text.starts_with("SIG") ? text.substr(3) : text;
  static const std::map<std::string, int> known{{"TERM", SIGTERM},  {"INT", SIGINT},   {"QUIT", SIGQUIT},
                                                {"HUP", SIGHUP},    {"USR1", SIGUSR1}, {"USR2", SIGUSR2},
                                                {"WINCH", SIGWINCH}};
  const auto found = known.find(name);
  if (found == known.end())
    throw usage_error("--signal takes TERM, INT, QUIT, HUP, USR1, USR2 or WINCH, not '" + text + "'");
  return found->second;
}

options parse(int argc, char** argv) {
  options given;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
    if (i == 1 && name == "compare") {
      given.compare.assign(argv + 2, argv + argc);
      if (given.compare.empty()) given.compare.emplace_back();
      break;
    }
    if (const auto known = flags().find(name); known != flags().end()) {
      given.*(known->second) = true;
      given.given.insert(name);
      continue;
    }
    std::optional<std::string> value;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    const auto found = setters().find(name);
    if (found == setters().end()) throw usage_error("'" + name + "' is no option");
    if (!value && i + 1 < argc) value = argv[++i];
    if (!value || value->empty()) throw usage_error(name + " takes a value");
    found->second(given, *value);
    given.given.insert(name);
  }
  check(given);
  return given;
}

const char* usage() {
  return R"(drain-kit: what do clients lose when a server is stopped?

It starts your server, puts clients on real sockets in position, stops it, and counts: once for each scenario.

  drain-kit --start './server --port {port}' --path /hello         a server that GET /hello answers with 200
  drain-kit --start 'PORT={port} node server.js'                   the same of a server that takes its port like that
  drain-kit --start './server --port {port}' --profile mine.toml   more scenarios: the file names more paths
  drain-kit --target http://127.0.0.1:8080 --container web         stopped by docker stop, as in production
  drain-kit --target http://127.0.0.1:8080 --pid 4711              one that runs: one stop, all clients at once

Which server
  --start COMMAND     run by the shell; {port} is a free port, {dir} an empty folder, {certificate} and {key} with --tls
  --target URL        where it listens, http://127.0.0.1:8080 or https://...; on loopback only; with one of
    --pid N           its process, which gets the signal and whose end is awaited; nothing else is ever sent to it
    --container NAME  stopped by docker stop, and started again by docker start
    --unit NAME       stopped by systemctl stop, and started again by systemctl start
  --start-timeout SECONDS   how long it may take until it answers [10; of a container or a unit 30]
  --exec COMMAND      stops it instead of a signal; {pid} and {port} are those of --start
  --signal NAME       TERM, INT, QUIT, HUP, USR1, USR2 or WINCH [the profile's; TERM]

How to speak to it
  --profile NAME      sundown, go, nginx, haproxy, node or plain, or a TOML file of yours: which paths it has [plain]
  --path PATH         GET answers it with 200 at once [/]      --slow-path PATH    ... after some time
  --h2                HTTP/2: in the clear by prior knowledge, over TLS by ALPN; otherwise HTTP/1.1
  --tls               with --start: over TLS, by a certificate made for the run
  --ca FILE           with https://: by whom its certificate must be issued; --insecure: by anybody

How to judge
  --grace SECONDS     how long it may take to end, as Docker gives it before SIGKILL [10]
  --margin SECONDS    granted on every bound in time, on a machine that is busy otherwise [0.3]
  --runs N            plays each scenario N times, with other moments each time [1]; --seed N: which ones [1]
  --only NAME         only this scenario; may be repeated
  --strict            a rule that is broken fails too, even where nothing was lost

What to write
  --list              the scenarios; --explain NAME: what it does, whose rule that is, what a client sees
  --html FILE         a report to open in a browser; --svg FILE: the timelines alone
  --json FILE         for programs, and for: drain-kit compare before.json after.json
  --junit FILE        for CI
  --logs FOLDER       what the server wrote in each scenario

Verdicts: ok, told (cut or refused, and the client knows it: safe to repeat), fault (a rule is broken by which something
can be lost), LATE (still running when its grace was over), LOST. Exits with 0 if nothing was lost or late, 1 if
something was, 2 if nothing was, but not all could be played ("could not run": no verdict), or nothing at all.
)";
}

}  // namespace sundown::testing::drain_kit
