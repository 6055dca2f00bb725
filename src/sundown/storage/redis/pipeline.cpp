#include "storage/redis/pipeline.hpp"

#include "storage/redis/reader.hpp"

#include <boost/redis/resp3/node.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>

namespace sundown::redis {

namespace driver = boost::redis;

namespace {

driver::request::config for_one_connection() {
  // Lost with the connection, never sent again behind the caller's back.
  return {.cancel_on_connection_lost = true,
          .cancel_if_not_connected = false,
          .cancel_if_unresponded = true,
          .hello_with_priority = true};
}

}  // namespace

/// Boost.Redis finds this by its argument. Its own generic response can't take a value after an error in one pipeline.
inline auto boost_redis_adapt(pipeline_reply& to) noexcept {
  struct adapter {
    pipeline_reply* to;

    std::size_t get_supported_response_size() const noexcept { return static_cast<std::size_t>(-1); }
    void operator()(std::size_t place, const driver::resp3::basic_node<std::string_view>& node,
                    boost::system::error_code& fault) {
      using driver::resp3::type;
      const auto size = node.value.size() + sizeof(std::string);
      if (size > to->room) {
        fault = answer_too_large;
        return;
      }
      to->room -= size;
      if (node.data_type == type::simple_error || node.data_type == type::blob_error) {
        if (to->error.empty()) {
          to->error = node.value;
          to->refused = place;
        }
      } else if (node.data_type == type::null) {
        to->values.emplace_back(std::nullopt);
      } else if (!driver::resp3::is_aggregate(node.data_type)) {
        to->values.emplace_back(std::string(node.value));
      }
    }
  };
  return adapter{&to};
}

pipeline::pipeline(const std::vector<command>& commands) : request(for_one_connection()) {
  for (const auto& one : commands) {
    names.push_back(one.front());
    if (one.size() == 1)
      request.push(one.front());
    else
      request.push_range(one.front(), std::next(one.begin()), one.end());
  }
}

const std::string& pipeline::refused_name() const { return names[std::min(reply.refused, names.size() - 1)]; }

driver::any_adapter pipeline::adapter() { return driver::any_adapter(reply); }

}  // namespace sundown::redis
