#include "drain_kit/abilities.hpp"

#include "drain_kit/attempt.hpp"
#include "drain_kit/clients.hpp"
#include "drain_kit/placeholders.hpp"
#include "drain_kit/private_network.hpp"

#include <poll.h>
#include <sys/socket.h>

namespace sundown::testing::drain_kit {
namespace {

/// What a path can't be asked for longer than.
constexpr auto answer_limit = 5s;

class examiner {
 public:
  examiner(endpoint where, const profile& known, const protocol& speech)
      : where_(std::move(where)), known_(known), speech_(speech) {}

  abilities examine(const options& asked) {
    check_quick();
    can_.promises_of(known_);
    if (asked.http2)
      can_.lack(need::http1, "of HTTP/1.1 only");
    else
      can_.lack(need::http2, "of HTTP/2 only");
    if (asked.start.empty()) can_.lack(need::start, "only for a server that the kit starts itself, with --start");
    check_slow();
    check_path(need::bytes, "bytes", filled(known_.bytes, {{"n", "1000"}}));
    check_path(need::ready, "ready", known_.ready);
    if (known_.block.empty()) lack_path(need::block, "block");
    check_upload();
    check_events();
    if (!asked.http2) check_websocket();
    check_keep_alive();
    if (!asked.http2) check_pipelining();
    if (!asked.http2) check_half_close();
    if (!asked.http2 && !can_.lacking(need::upload)) check_leave();
    return can_;
  }

 private:
  void lack_path(need what, const char* key) {
    can_.lack(what, std::string("the profile names no path '") + key + "'");
  }

  std::unique_ptr<conversation> connected() const {
    auto client = speech_.begin();
    const auto how = client->connect(where_, answer_limit);
    if (how == connecting::failed && speech_.tls())
      throw usage_error("--target: no handshake of TLS, or no certificate by --ca");
    if (how != connecting::connected) throw usage_error(std::string("--target: connect: ") + to_string(how));
    return client;
  }

  attempt tried_once(const request& what) const { return tried(*connected(), what, answer_limit); }

  static std::string told(const std::string& what, const attempt& once) {
    return what + " is not answered with 200: " + once.seen;
  }

  void check_quick() const {
    if (const auto once = tried_once({known_.quick}); once.status != 200)
      throw usage_error("--path: in " + speech_.name() + " " + told("GET " + known_.quick, once));
  }

  void check_path(need what, const char* key, const std::string& path) {
    if (path.empty()) return lack_path(what, key);
    if (const auto once = tried_once({path}); once.status != 200) can_.lack(what, told("GET " + path, once));
  }

  void check_slow() {
    const bool by_ms = known_.slow.find("{ms}") != std::string::npos;
    const auto path = filled(known_.slow, {{"ms", "200"}});
    const auto begin = clock::now();
    check_path(need::slow, "slow", path);
    // A server may answer any path: what is not slow is not under way at the signal.
    if (!can_.lacking(need::slow) && between(begin, clock::now()) < 100ms)
      can_.lack(need::slow, "GET " + path + " takes less than 0.1 s");
    if (!by_ms) can_.lack(need::slow_by_ms, "the profile's path 'slow' has no {ms}");
  }

  void check_upload() {
    if (known_.upload.empty()) return lack_path(need::upload, "upload");
    if (const auto once = tried_once({known_.upload, "a body"}); once.status != 200)
      can_.lack(need::upload, told("POST " + known_.upload, once));
  }

  void check_events() {
    if (known_.events.empty()) return lack_path(need::events, "events");
    const auto client = connected();
    if (client->ask({{known_.events}}, answer_limit) != sending::sent || !client->read_until("data:", answer_limit))
      can_.lack(need::events, "GET " + known_.events + " sends no event");
    leave_by_reset(*client);
  }

  void check_websocket() {
    if (known_.websocket.empty()) return lack_path(need::websocket, "websocket");
    const auto client = connected();
    client->bytes().send(websocket_handshake(known_.websocket), answer_limit);
    // The answer's end is that of its head, as it is for a status of 1xx.
    if (!client->read_until("\r\n\r\n", answer_limit) || !client->bytes().received().starts_with("HTTP/1.1 101 "))
      can_.lack(need::websocket, "GET " + known_.websocket + " is answered by no WebSocket (101)");
    leave_by_reset(*client);
  }

  /// An end in order stays unread until the server has the next event to send, and looks like a request meanwhile.
  static void leave_by_reset(conversation& client) {
    const linger at_once{1, 0};
    ::setsockopt(client.bytes().handle(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  }

  void check_keep_alive() {
    check_keeps("GET " + known_.quick, {known_.quick});
    if (!can_.lacking(need::upload)) check_keeps("POST " + known_.upload, {known_.upload, "a body"});
  }

  /// Clients of a server that ends each connection with its answer have none to use again.
  void check_keeps(const std::string& name, const request& what) {
    if (can_.lacking(need::keep_alive)) return;
    const auto client = connected();
    client->ask({what}, answer_limit);
    const bool whole = client->take(answer_limit).whole();
    if (!whole || client->told_end() || ends_soon(*client))
      return can_.lack(need::keep_alive, "it ends a connection with the answer to " + name + ", stop or no stop");
    if (client->ask({what}, answer_limit) != sending::sent || !client->take(answer_limit).whole())
      can_.lack(need::keep_alive, "it answers no second " + name + " on a connection, stop or no stop");
  }

  /// The end of a connection that nobody has announced, by GOAWAY or not at all, comes some time behind the answer.
  static bool ends_soon(conversation& client) {
    const deadline end(300ms);
    while (!client.listen() && !client.told_end()) {
      if (end.passed()) return false;
      pollfd one{client.bytes().handle(), POLLIN, 0};
      ::poll(&one, 1, static_cast<int>(end.left().count()));
    }
    return true;
  }

  void check_pipelining() {
    if (const auto why = can_.lacking(need::keep_alive)) return can_.lack(need::pipelining, *why);
    constexpr std::size_t at_once = 5;
    const auto client = connected();
    client->ask(std::vector<request>(at_once, {known_.quick}), answer_limit);
    for (std::size_t i = 0; i < at_once; ++i)
      if (!client->take(answer_limit).whole() || client->told_end())
        return can_.lack(need::pipelining, "it doesn't answer requests that are sent at once, stop or no stop");
  }

  void check_half_close() {
    const auto client = connected();
    client->ask({{can_.lacking(need::slow) ? known_.quick : filled(known_.slow, {{"ms", "100"}})}}, answer_limit);
    client->bytes().half_close();
    if (!client->take(answer_limit).whole())
      can_.lack(need::half_close, "it answers no client that has ended its side, stop or no stop");
  }

  void check_leave() {
    const auto client = connected();
    client->bytes().send(asking_leave(known_.upload).head, answer_limit);
    if (!client->read_until("100 ", answer_limit))
      can_.lack(need::leave, "it gives nobody leave to send a body (Expect: 100-continue), stop or no stop");
  }

  const endpoint where_;
  const profile& known_;
  const protocol& speech_;
  abilities can_;
};

}  // namespace

std::optional<std::string> abilities::lacking(need what) const {
  const auto found = lacking_.find(what);
  return found == lacking_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> abilities::lacking(const std::vector<need>& all) const {
  for (const auto each : all)
    if (auto why = lacking(each)) return why;
  return std::nullopt;
}

std::optional<std::string> abilities::lacking(const scenario& which) const {
  for (const auto each : which.needs) {
    const auto promised = known_->promises.find(which.name);
    if (each == need::promised && promised == known_->promises.end()) return "the profile promises nothing of it";
    if (each == need::promised && lacking(need::start) && !promised->second.environment.empty())
      return "what the profile promises needs a start in another environment: only with --start";
    if (const auto why = lacking(each)) return why;
    // Tried only where it is asked for: a network takes some time to make.
    if (each == need::namespaces)
      if (auto why = private_network::lacking()) return why;
  }
  return std::nullopt;
}

abilities abilities_of(const server& which, const profile& known, const protocol& speech, const options& asked) {
  return examiner(which.where(), known, speech).examine(asked);
}

}  // namespace sundown::testing::drain_kit
