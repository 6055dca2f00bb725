#include "storage/redis/refusal.hpp"

#include <algorithm>

namespace sundown::redis {

namespace {

using namespace std::chrono_literals;

struct meaning {
  std::string_view prefix;  ///< of the error line
  std::string_view text;
  redis::remedy remedy;
};

constexpr std::string_view lacks_command = "our user lacks a permission, which ACL SETUSER gives (+command)";
constexpr std::string_view lacks_keys = "our user may not touch the keys, which ACL SETUSER lets it (~pattern)";
constexpr std::string_view lacks_either = "our user lacks a permission, which ACL SETUSER gives (+command, ~pattern)";

// https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors; src/server.c, createSharedObjects()
constexpr meaning meanings[] = {
    {"READONLY", "it is a replica and takes no writes", remedy::reconnect},
    {"MASTERDOWN", "it is a replica that has lost its primary", remedy::reconnect},
    {"LOADING", "it is loading its data", remedy::reconnect},
    {"NOREPLICAS", "too few replicas follow it to take writes (min-replicas-to-write)", remedy::reconnect},
    {"CLUSTERDOWN", "its cluster is down", remedy::reconnect},
    {"UNBLOCKED", "it has become a replica", remedy::reconnect},
    {"NOAUTH", "it asks for a password: give one in the URL, redis://user:password@host", remedy::reconnect},
    {"WRONGPASS", "it refuses our user name or password: mend them in the URL", remedy::reconnect},
    {"DENIED", "it is in protected mode: it asks for a password from other hosts", remedy::reconnect},
    {"ERR AUTH", "it refuses our user name or password: mend them in the URL", remedy::reconnect},
    {"ERR invalid password", "it refuses our user name or password: mend them in the URL", remedy::reconnect},
    {"ERR max number of clients", "it takes no more clients (maxclients)", remedy::reconnect},
    {"OOM", "its memory is full (maxmemory)", remedy::wait},
    {"MISCONF", "it can't save its data and takes no writes until it can", remedy::wait},
    {"BUSY", "a script keeps it busy", remedy::wait},
    {"UNKILLABLE", "a script that has written keeps it busy", remedy::wait},
    {"TRYAGAIN", "the key is moving to another node of its cluster", remedy::none},
    {"MOVED", "it is one node of a cluster, and the key is on another", remedy::none},
    {"ASK", "it is one node of a cluster, and the key is on another", remedy::none},
    {"CROSSSLOT", "it is one node of a cluster, and the keys are on several", remedy::none},
    {"NOPERM No permissions to access a key", lacks_keys, remedy::none},
    {"NOPERM this user has no permissions to access one of the keys", lacks_keys, remedy::none},
    {"NOPERM", lacks_command, remedy::none},
    {"ERR ACL failure", lacks_either, remedy::none},
    {"ERR The user executing the script can't access", lacks_keys, remedy::none},
    {"The user executing the script can't access", lacks_keys, remedy::none},
    {"ERR The user executing the script can't", lacks_command, remedy::none},
    {"The user executing the script can't", lacks_command, remedy::none},
    {"WRONGTYPE", "a key holds what is not ours", remedy::none},
    {"ERR unknown command", "it does not know the command", remedy::none},
};

constexpr std::chrono::seconds shortest_patience = 1s, longest_patience = 8s;
constexpr std::chrono::seconds memory = 30s;  // for one that stands no more
constexpr std::size_t longest_text = 80;
constexpr std::size_t most = 8;  // refusals that are told apart

/// Before Redis 7: "ERR Error running script (call to f_...): @user_script:6: @user_script: 6: -OOM command ...".
std::string_view within_script(std::string_view line) {
  constexpr std::string_view place = "@user_script:";
  if (!line.starts_with("ERR Error running script")) return line;
  const auto last = line.rfind(place);
  if (last == line.npos) return line;
  auto rest = line.substr(last + place.size());
  rest = rest.substr(std::min(rest.find(": "), rest.size()));
  rest.remove_prefix(std::min(rest.find_first_not_of(": -"), rest.size()));
  return rest;
}

/// What is left of a line that we don't know: not what it quotes, which may be anything that was sent.
std::string unknown_reason(std::string_view line) {
  auto text = line.substr(0, std::min({line.find_first_of("'`\",:{("), longest_text, line.size()}));
  std::string out;
  for (const char c : text) out += c >= ' ' && c < '\x7f' ? c : '?';
  while (out.ends_with(' ')) out.pop_back();
  return out.empty() ? "an error" : out;
}

bool begins_with(std::string_view line, std::string_view prefix) {
  if (!line.starts_with(prefix)) return false;
  const bool phrase = prefix.find(' ') != prefix.npos;
  return phrase || line.size() == prefix.size() || line[prefix.size()] == ' ';
}

}  // namespace

refusal read_error(std::string_view line) {
  const auto said = within_script(line);
  for (const auto& each : meanings) {
    if (!begins_with(said, each.prefix)) continue;
    const auto code = each.prefix.substr(0, each.prefix.find(' '));
    const bool telling = code != "ERR" && code != "The";  // which are no codes
    return {each.remedy, (telling ? std::string(code) + ": " : std::string()) + std::string(each.text)};
  }
  return {remedy::none, unknown_reason(line)};  // what a script says of itself may hold anything
}

void refusals::add(std::string_view command, const refusal& what, time_point now) {
  const bool waits = what.remedy == remedy::wait;
  const key about{what.reason, waits ? "" : command};
  const auto found = known_.find(about);
  if (found == known_.end()) {
    if (known_.size() >= most) std::erase_if(known_, [](const auto& one) { return !one.second.stands; });
    if (known_.size() < most) known_.emplace(about, entry{waits, now, shortest_patience});
    return;
  }
  auto& again = found->second;
  if (!again.stands) again.patience = std::min(again.patience * 2, longest_patience);
  again.stands = true;
  again.last = now;
}

void refusals::settle(time_point now) {
  for (auto& [about, one] : known_)
    if (now - one.last >= one.patience) one.stands = false;
  std::erase_if(known_, [&](const auto& one) { return !one.second.stands && now - one.second.last >= memory; });
}

bool refusals::empty() const {
  return std::ranges::none_of(known_, [](const auto& one) { return one.second.stands; });
}

bool refusals::waits() const {
  return std::ranges::any_of(known_, [](const auto& one) { return one.second.stands && one.second.waits; });
}

std::string refusals::text() const {
  std::string out;
  std::string_view told;
  for (const auto& [about, one] : known_) {
    if (!one.stands) continue;
    const auto& [reason, command] = about;
    if (reason != told) out += (out.empty() ? "" : "; ") + reason;
    if (!command.empty()) out += (reason == told ? ", " : ", for ") + command;
    told = reason;
  }
  return out;
}

}  // namespace sundown::redis
