#pragma once

#include <string>
#include <string_view>

namespace sundown::base {

/// The process's one name, as a client, a server or a user sees it: given once, at the very start; until then the
/// binary's (program_invocation_short_name(3)).
/// Thread safety: name_program() before any thread is started.
std::string_view program_name() noexcept;
void name_program(std::string name);

/// "ORDERS" for "orders", "MY_ORDERS" for "my-orders": what the names of environment variables begin with.
std::string variable_prefix(std::string_view name);

/// "my_orders" for "my-orders": what the names of metrics begin with.
std::string metric_prefix(std::string_view name);

}  // namespace sundown::base
