#include "storage/redis/cache.hpp"

#include "base/number.hpp"

#include <sundown/log.hpp>

#include <algorithm>
#include <random>
#include <string_view>
#include <utility>

namespace sundown::storage {

namespace {

/// The value, or nil and the number that stands for the right to fill the miss.
constexpr const char* miss_script = R"(local value = redis.call('GET', KEYS[1])
if value then return {value} end
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

std::vector<redis_command> one(redis_command command) { return std::vector<redis_command>(1, std::move(command)); }

/// A name that no note can have: what the cache does is tried with it.
constexpr const char* rehearsed_key = "probe";

error refuses_writes() { return {errc::unavailable, "Redis takes no writes now"}; }

error not_believed() { return {errc::unavailable, "the cached value is out of date and not erased yet"}; }

}  // namespace

redis_cache::redis_cache(redis_client& client, const redis_cache_options& options)
    : client_(client), options_(options), owed_(options.owed, options.ttl + options.lease) {
  client_.on_beat([this] { pay_back(); });
  const auto value = value_key(rehearsed_key), lease = lease_key(rehearsed_key);
  client_.rehearse({{"GET", value}, {"EVAL", miss_script, "2", value, lease, "0", "1"}, {"DEL", value, lease}});
}

task<result<cache::lookup>> redis_cache::get(std::string key) {
  if (!client_.up()) co_return refuses_writes();
  if (owed_.owes(key)) co_return not_believed();
  // Most often it is there, and then the script's cost can be saved.
  auto read = one({"GET", value_key(key)});
  auto found = co_await client_.async_execute(std::move(read), use_task);
  if (!found) co_return found.error();
  if (owed_.owes(key)) co_return not_believed();  // erasing it has failed meanwhile
  if (found->size() == 1 && found->front()) co_return lookup{std::move(found->front()), {}};

  auto ask = one({"EVAL", miss_script, "2", value_key(key), lease_key(key), std::to_string(random_number()),
                  std::to_string(options_.lease.count())});
  auto missed = co_await client_.async_execute(std::move(ask), use_task);
  if (!missed) co_return missed.error();
  if (owed_.owes(key)) co_return not_believed();
  if (missed->size() == 1 && missed->front()) co_return lookup{std::move(missed->front()), {}};
  if (missed->size() != 2 || !missed->back()) co_return error{errc::unavailable, "Redis answered what was not asked"};
  co_return lookup{std::nullopt, {base::parse_number<std::uint64_t>(*missed->back()).value_or(0)}};
}

task<result<bool>> redis_cache::put(std::string key, std::string value, std::chrono::milliseconds ttl,
                                    fill_lease lease) {
  if (value.size() > options_.largest || ttl.count() <= 0 || !client_.up() || owed_.owes(key)) co_return false;
  auto fill = one({"EVAL", fill_script, "2", value_key(key), lease_key(key), std::to_string(lease.generation),
                   std::move(value), std::to_string(std::min(ttl, options_.ttl).count())});
  const auto kept = co_await client_.async_execute(std::move(fill), use_task);
  if (!kept) co_return kept.error();
  co_return kept->size() == 1 && kept->front() == "1";
}

task<result<void>> redis_cache::erase(std::string key) {
  auto both = one({"DEL", value_key(key), lease_key(key)});
  const auto gone = co_await client_.async_execute(std::move(both), use_task);
  if (!gone) {
    owed_.add(key);
    co_return gone.error();
  }
  co_return result<void>();
}

/// On the client's thread: some of what is owed, one command at a time, until nothing is.
void redis_cache::pay_back() {
  if (owed_.empty() || paying_.exchange(true)) return;
  auto some = owed_.some(erased_at_once);
  redis_command both{"DEL"};
  for (const auto& [key, number] : some) {
    both.push_back(value_key(key));
    both.push_back(lease_key(key));
  }
  client_.async_execute(one(std::move(both)), [this, some = std::move(some)](const result<redis_values>& done) {
    paying_ = false;
    if (!done) return;  // the next beat tries again
    owed_.paid(some);
    if (owed_.empty())
      log::info("redis: what could not be erased from the cache now is");
    else
      pay_back();
  });
}

}  // namespace sundown::storage
