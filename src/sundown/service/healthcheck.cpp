#include "service/healthcheck.hpp"

#include "base/program_name.hpp"
#include "service/admin_client.hpp"

#include <ostream>
#include <string>

namespace sundown::serving {

int healthcheck(const admin_config& given, const tls_provider* provider, milliseconds limit, std::ostream& err) {
  const auto unhealthy = [&](const std::string& why) {
    err << base::program_name() << ": unhealthy: " << why << '\n';
    return 1;
  };
  const auto where = admin_origin(given);
  if (!where) return unhealthy(where.error().detail);
  const auto answer = ask_admin(given, provider, "GET", "/live", {}, limit);
  if (!answer) return unhealthy(*where + "/live: " + answer.error().detail);
  if (answer->status != 200) return unhealthy(*where + "/live: status " + std::to_string(answer->status));
  return 0;
}

}  // namespace sundown::serving
