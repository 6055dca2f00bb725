#include "drain_kit/options.hpp"

#include "drain_kit/protocol.hpp"

#include <sundown/testing/service_command.hpp>

#include <charconv>
#include <functional>
#include <map>
#include <string_view>

namespace sundown::testing::drain_kit {
namespace {

double number(const std::string& name, const std::string& text, double least, double most) {
  double value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || !(value >= least && value <= most))
    throw usage_error(name + " takes a number of at least " + std::to_string(static_cast<long>(least)) + ", not '" +
                      text + "'");
  return value;
}

milliseconds seconds(const std::string& name, const std::string& text) {
  return milliseconds(static_cast<int>(number(name, text, 0, 3600) * 1000));
}

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

const std::map<std::string, setter>& setters() {
  static const std::map<std::string, setter> all{
      {"--start", [](options& o, const std::string& v) { o.start = v; }},
      {"--target", take_target},
      {"--pid", [](options& o, const std::string& v) { o.pid = static_cast<pid_t>(number("--pid", v, 2, 1 << 22)); }},
      {"--ca", [](options& o, const std::string& v) { o.ca = v; }},
      {"--path", [](options& o, const std::string& v) { o.path = path_of("--path", v); }},
      {"--slow-path", [](options& o, const std::string& v) { o.slow_path = path_of("--slow-path", v); }},
      {"--signal", [](options& o, const std::string& v) { o.signal = signal_number(v); }},
      {"--limit", [](options& o, const std::string& v) { o.limit = seconds("--limit", v); }},
      {"--margin", [](options& o, const std::string& v) { o.margin = seconds("--margin", v); }},
      {"--only", [](options& o, const std::string& v) { o.only.push_back(v); }},
      {"--svg", [](options& o, const std::string& v) { o.svg = v; }},
      {"--json", [](options& o, const std::string& v) { o.json = v; }},
      {"--logs", [](options& o, const std::string& v) { o.logs = v; }},
  };
  return all;
}

using flag = bool options::*;

const std::map<std::string, flag>& flags() {
  static const std::map<std::string, flag> all{
      {"--help", &options::help}, {"-h", &options::help},   {"--list", &options::list},
      {"--h2", &options::http2},  {"--tls", &options::tls}, {"--insecure", &options::insecure},
  };
  return all;
}

void check_protocol(const options& given) {
  if (given.http2 && !protocol::has_http2()) throw usage_error("--h2: built without nghttp2 (SUNDOWN_HTTP2)");
  if (given.tls && !protocol::has_tls()) throw usage_error("TLS: built without OpenSSL (SUNDOWN_TLS)");
  if (!given.target) return;
  if (given.given.contains("--tls")) throw usage_error("--tls goes with --start; --target takes https://...");
  if (given.tls && given.ca.empty() != given.insecure)
    throw usage_error("https:// needs --ca FILE, or --insecure for any certificate");
  if (!given.tls && (given.insecure || !given.ca.empty())) throw usage_error("--ca and --insecure go with https://");
}

void check(const options& given) {
  if (given.help || given.list) return;
  check_protocol(given);
  if (given.start.empty() == !given.target) throw usage_error("give either --start or --target");
  if (given.target && given.pid == 0) throw usage_error("--target needs --pid, the process to send the signal to");
  for (const char* name : {"--pid", "--ca", "--insecure", "--path", "--slow-path", "--signal", "--limit"})
    if (!given.target && given.given.contains(name)) throw usage_error(std::string(name) + " goes with --target");
  for (const char* name : {"--margin", "--logs"})
    if (given.target && given.given.contains(name)) throw usage_error(std::string(name) + " goes with --start");
}

}  // namespace

options parse(int argc, char** argv) {
  options given;
  for (int i = 1; i < argc; ++i) {
    std::string name = argv[i];
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
  return R"(What do clients lose when a server is stopped? Stops one under load and counts.

  drain-kit --start PROGRAM          starts this project's service for each scenario, and stops it
  drain-kit --target URL --pid N     stops any server, once, under clients of each kind at the same time

  --start PROGRAM     the service, as it was built: build/release/sundown
  --target URL        where the server listens, http://127.0.0.1:8080 or https://...; on loopback only
  --pid N             its process, which gets the signal and whose end is awaited; nothing else is ever sent to it
  --h2                clients speak HTTP/2: in the clear by prior knowledge, over TLS by ALPN; otherwise HTTP/1.1
  --tls               over TLS, by a certificate made for the run; with --start
  --ca FILE           by whom the certificate of https:// must be issued; --insecure: by anybody; with --target
  --path PATH         what the clients ask for, with status 200 [/hello]
  --slow-path PATH    something that takes its time [/demo/sleep?ms=800, if the server has it]
  --signal NAME       TERM, INT, QUIT, ... [TERM]; with --target
  --limit SECONDS     how long the server may take to end [30]; with --target
  --margin SECONDS    granted on every bound in time [0.3]; with --start; more on a machine that is busy otherwise
  --only NAME         only this scenario, or with --target this kind of client; may be repeated
  --list              the names of the scenarios and the kinds
  --svg FILE          writes the timeline, to be opened in a browser
  --json FILE         writes the figures for programs
  --logs DIRECTORY    writes what the service logged in each scenario; with --start

With --target a stream that the server refused (REFUSED_STREAM, or above the last one of its GOAWAY) is told and is no
loss: its client may repeat it. Exits with 0 if nothing was lost and every rule was kept, 1 if not, 2 on a command line
that makes no sense.
)";
}

}  // namespace sundown::testing::drain_kit
