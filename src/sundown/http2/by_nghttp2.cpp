#include "http/http2_provider.hpp"
#include "http2/session.hpp"

#include <sundown/http2.hpp>

#include <memory>
#include <utility>

namespace sundown::http2 {

namespace {

class provider final : public http::http2_provider {
 public:
  task<> serve(http::detail::connection& client, std::string received) const override {
    auto made = std::make_shared<session>(client);
    auto& serves = *made;
    return serves.run(std::move(made), std::move(received));
  }
};

}  // namespace

const http::http2_provider& by_nghttp2() noexcept {
  static const provider made;
  return made;
}

}  // namespace sundown::http2
