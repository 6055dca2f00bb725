#include "service/admin_command.hpp"

#include "base/program_name.hpp"
#include "service/admin_client.hpp"
#include "service/admin_token.hpp"

#include <ostream>

namespace sundown::serving {

int admin_command(const std::string& call, const admin_config& given, const tls_provider* provider, milliseconds limit,
                  std::ostream& out, std::ostream& err) {
  const auto failed = [&](const std::string& why) {
    err << base::program_name() << ": admin " << call << ": " << why << '\n';
    return 1;
  };
  const auto where = admin_origin(given);
  if (!where) return failed(where.error().detail);
  const auto token = read_admin_token(given);
  if (!token) return failed(token.error().detail);
  const bool looks = call == "status";
  const auto target = looks ? "/status" : "/admin/" + call;
  const auto answer = ask_admin(given, provider, looks ? "GET" : "POST", target, *token, limit);
  if (!answer) return failed(*where + target + ": " + answer.error().detail);
  if (answer->status >= 300) {
    const char* const advice =
        answer->status == 403 ? "; the service's admin.token or admin.token_file is not this one" : "";
    return failed(*where + target + ": status " + std::to_string(answer->status) + advice);
  }
  if (out << answer->body << '\n' << std::flush) return 0;
  return failed("cannot write to stdout");
}

}  // namespace sundown::serving
