#include <sundown/redis.hpp>

#include "base/number.hpp"
#include "base/program_name.hpp"
#include "storage/redis/owed_erases.hpp"
#include "storage/redis/single_command.hpp"

#include <sundown/log.hpp>

#include <algorithm>
#include <atomic>
#include <memory>
#include <random>
#include <utility>

namespace sundown::redis {

namespace {

/// The value, or nil and the number that stands for the right to fill the miss. Of a value that is too large only so
/// much that this shows: an answer over the client's limit would end the connection.
constexpr const char* miss_script = R"(local value = redis.call('GET', KEYS[1])
if value then return {string.sub(value, 1, tonumber(ARGV[3]))} end
local lease = redis.call('GET', KEYS[2])
if not lease then
  lease = ARGV[1]
  redis.call('SET', KEYS[2], lease, 'PX', ARGV[2])
end
return {false, lease})";

/// 1 if the value was kept.
constexpr const char* fill_script = R"(if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1)";

constexpr std::size_t erased_at_once = 256;

std::uint64_t random_number() {
  thread_local std::mt19937_64 numbers{(std::uint64_t{std::random_device{}()} << 32) ^ std::random_device{}()};
  return numbers();
}

/// A name that nobody gives: what the cache does is tried with it.
constexpr const char* rehearsed_key = "probe";

error refuses_writes() { return {errc::unavailable, "Redis takes no writes now"}; }

error not_believed() { return {errc::unavailable, "the cached value is out of date and not erased yet"}; }

error too_large() { return {errc::unavailable, "the cached value is larger than any that is put there"}; }

cache_options with_prefix(cache_options options) {
  if (options.prefix.empty()) options.prefix = std::string(base::program_name()) + ":cache:";
  return options;
}

}  // namespace

/// Shared with the client, whose thread pays back what is owed, also when the cache is no more.
struct cache::state : std::enable_shared_from_this<state> {
  state(client& connected, cache_options given)
      : server(connected), options(with_prefix(std::move(given))), owed(options.owed, options.ttl + options.lease) {}

  std::string value_key(const std::string& key) const { return options.prefix + '{' + key + '}'; }
  std::string lease_key(const std::string& key) const { return options.prefix + '{' + key + "}:lease"; }
  command read(const std::string& key) const {
    return {"GETRANGE", value_key(key), "0", std::to_string(options.largest)};  // a byte more than the largest
  }
  command miss(const std::string& key, std::uint64_t lease, std::chrono::milliseconds duration) const {
    return {"EVAL",
            miss_script,
            "2",
            value_key(key),
            lease_key(key),
            std::to_string(lease),
            std::to_string(duration.count()),
            std::to_string(options.largest + 1)};
  }
  result<lookup> hit(std::string value) const {
    if (value.size() > options.largest) return too_large();
    return lookup{std::move(value), {}};
  }
  void pay_back();

  client& server;
  const cache_options options;
  owed_erases owed;
  std::atomic<bool> paying{false};
};

cache::cache(client& server, cache_options options) : state_(std::make_shared<state>(server, std::move(options))) {
  constexpr std::chrono::milliseconds at_once{1};
  server.on_beat([state = state_] { state->pay_back(); });
  const auto value = state_->value_key(rehearsed_key), lease = state_->lease_key(rehearsed_key);
  server.rehearse({state_->read(rehearsed_key), state_->miss(rehearsed_key, 0, at_once), {"DEL", value, lease}});
}

cache::~cache() = default;

const trace::database_address* cache::traced_as() const noexcept { return &state_->server.traced_as(); }

std::size_t cache::owed() const noexcept { return state_->owed.size(); }

task<result<cache::lookup>> cache::get(std::string key) {
  auto& server = state_->server;
  const auto& owed = state_->owed;
  if (!server.up()) co_return refuses_writes();
  if (owed.owes(key)) co_return not_believed();
  // Most often it is there, and then the script's cost can be saved. "" may be a miss.
  auto found = co_await server.execute(state_->read(key));
  if (!found) co_return found.error();
  if (owed.owes(key)) co_return not_believed();  // erasing it has failed meanwhile
  if (found->size() == 1 && found->front() && !found->front()->empty())
    co_return state_->hit(std::move(*found->front()));

  auto missed = co_await server.execute(state_->miss(key, random_number(), state_->options.lease));
  if (!missed) co_return missed.error();
  if (owed.owes(key)) co_return not_believed();
  if (missed->size() == 1 && missed->front()) co_return state_->hit(std::move(*missed->front()));
  if (missed->size() != 2 || !missed->back()) co_return error{errc::unavailable, "Redis answered what was not asked"};
  co_return lookup{std::nullopt, {base::parse_number<std::uint64_t>(*missed->back()).value_or(0)}};
}

task<result<bool>> cache::put(std::string key, std::string value, std::chrono::milliseconds ttl, fill_lease lease) {
  const auto& options = state_->options;
  if (value.size() > options.largest || ttl.count() <= 0 || !state_->server.up() || state_->owed.owes(key))
    co_return false;
  command fill{"EVAL",
               fill_script,
               "2",
               state_->value_key(key),
               state_->lease_key(key),
               std::to_string(lease.generation),
               std::move(value),
               std::to_string(std::min(ttl, options.ttl).count())};
  const auto kept = co_await state_->server.execute(std::move(fill));
  if (!kept) co_return kept.error();
  co_return kept->size() == 1 && kept->front() == "1";
}

task<result<void>> cache::erase(std::string key) {
  command both{"DEL", state_->value_key(key), state_->lease_key(key)};
  const auto gone = co_await state_->server.execute(std::move(both));
  if (!gone) {
    state_->owed.add(key);
    co_return gone.error();
  }
  co_return result<void>();
}

/// On the client's thread: some of what is owed, one command at a time, until nothing is.
void cache::state::pay_back() {
  if (owed.empty() || paying.exchange(true)) return;
  auto some = owed.some(erased_at_once);
  command both{"DEL"};
  for (const auto& [key, number] : some) {
    both.push_back(value_key(key));
    both.push_back(lease_key(key));
  }
  server.async_execute(pipeline_with(std::move(both)),
                       [self = shared_from_this(), some = std::move(some)](const auto& done) {
                         self->paying = false;
                         if (!done) return;  // the next beat tries again
                         self->owed.paid(some);
                         if (self->owed.empty())
                           log::info("redis: what could not be erased from the cache now is");
                         else
                           self->pay_back();
                       });
}

}  // namespace sundown::redis
