#include "storage/redis/standing.hpp"

#include <sundown/log.hpp>

#include <utility>

namespace sundown::redis {

void standing_report::tell(server_standing now, const std::string& detail) {
  if (told_ == now && detail_ == detail) return;
  const auto before = std::exchange(told_, now).value_or(server_standing::away);
  detail_ = detail;
  if (on_change) on_change(now, detail);
  if (now == server_standing::away)
    log::warn("redis: away, trying again", {{"server", server_}, {"error", detail}});
  else if (now != server_standing::well)
    log::warn("redis: connected, but it refuses", {{"server", server_}, {"error", detail}});
  else
    log::info(before == server_standing::away ? "redis: connected" : "redis: refuses nothing any more",
              {{"server", server_}});
}

}  // namespace sundown::redis
