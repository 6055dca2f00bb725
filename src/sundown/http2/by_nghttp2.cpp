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
    const auto served = std::make_shared<session>(client);
    co_await served->run(std::move(received));
  }
};

}  // namespace

const http::http2_provider& by_nghttp2() noexcept {
  static const provider made;
  return made;
}

}  // namespace sundown::http2
