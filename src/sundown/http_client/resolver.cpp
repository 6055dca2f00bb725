#include "http_client/resolver.hpp"

#include "base/left_behind.hpp"
#include "base/start_thread.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <utility>

#include <netdb.h>

namespace sundown::http_client {

namespace {

using asio::ip::tcp;

struct free_list {
  void operator()(addrinfo* first) const noexcept { ::freeaddrinfo(first); }
};

tcp::endpoint endpoint_of(const addrinfo& found) {
  tcp::endpoint made;
  std::memcpy(made.data(), found.ai_addr, std::min<std::size_t>(found.ai_addrlen, made.capacity()));
  made.resize(found.ai_addrlen);
  return made;
}

result<addresses> ask_system(const std::string& host, const std::string& port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* first = nullptr;
  const int fault = ::getaddrinfo(host.c_str(), port.c_str(), &wanted, &first);
  const std::unique_ptr<addrinfo, free_list> all(first);
  if (fault != 0) return error{errc::unavailable, "its name can't be resolved: " + std::string(::gai_strerror(fault))};
  addresses found;
  for (const auto* each = first; each != nullptr; each = each->ai_next)
    if (each->ai_family == AF_INET || each->ai_family == AF_INET6) found.push_back(endpoint_of(*each));
  if (found.empty()) return error{errc::unavailable, "its name has no address"};
  return interleaved(found);
}

}  // namespace

struct resolver::lookup {
  lookup(asio::io_context& context, std::string its_host, std::string its_port)
      : host(std::move(its_host)), port(std::move(its_port)), done(context, asio::steady_timer::time_point::max()) {}

  const std::string host, port;
  asio::steady_timer done;  // never runs out: cancelled, it wakes who waits
  bool is_done = false;
  result<addresses> found = error{errc::unavailable, "its name was not resolved"};
  std::thread thread;
};

/// What a thread may still use when the resolver has gone.
struct resolver::mailbox {
  std::mutex mutex;
  resolver* owner;
};

resolver::resolver(asio::io_context& context) : context_(context), mailbox_(std::make_shared<mailbox>()) {
  mailbox_->owner = this;
}

resolver::~resolver() {
  {
    const std::lock_guard lock(mailbox_->mutex);
    mailbox_->owner = nullptr;
  }
  for (const auto& each : running_) base::leave_behind(each->thread);
}

void resolver::finish(std::list<std::shared_ptr<lookup>>::iterator at, result<addresses> found) {
  const auto ended = std::move(*at);
  running_.erase(at);
  ended->thread.join();  // to post this was its last act
  ended->found = std::move(found);
  ended->is_done = true;
  ended->done.cancel();
}

std::shared_ptr<resolver::lookup> resolver::start(const std::string& host, const std::string& port) {
  const auto known =
      std::ranges::find_if(running_, [&](const auto& each) { return each->host == host && each->port == port; });
  if (known != running_.end()) return *known;
  const auto at = running_.insert(running_.end(), std::make_shared<lookup>(context_, host, port));
  try {
    (*at)->thread = base::start_thread("resolver", [box = mailbox_, at, host, port] {
      auto found = ask_system(host, port);
      const std::lock_guard lock(box->mutex);
      auto* const owner = box->owner;
      if (owner == nullptr) return;
      asio::post(owner->context_,
                 [owner, at, found = std::move(found)]() mutable { owner->finish(at, std::move(found)); });
    });
  } catch (...) {
    running_.erase(at);
    throw;
  }
  return *at;
}

asio::awaitable<result<addresses>> resolver::resolve(const std::string& host, const std::string& port) {
  boost::system::error_code ec;
  const auto literal = asio::ip::make_address(host, ec);
  if (!ec) co_return addresses{{literal, static_cast<std::uint16_t>(std::stoul(port))}};
  const auto mine = start(host, port);
  while (!mine->is_done) co_await mine->done.async_wait(asio::as_tuple(asio::use_awaitable));
  co_return mine->found;
}

addresses interleaved(const addresses& given) {
  addresses first, second, mixed;
  for (const auto& each : given) (each.protocol() == given.front().protocol() ? first : second).push_back(each);
  for (std::size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    if (i < first.size()) mixed.push_back(first[i]);
    if (i < second.size()) mixed.push_back(second[i]);
  }
  return mixed;
}

}  // namespace sundown::http_client
