#pragma once

#include <memory>
#include <typeinfo>
#include <utility>

namespace sundown::http::detail {

/// What is known of a request beside its bytes: at most one value of each type. Takes no memory while it is empty.
class attributes {
 public:
  attributes() = default;

  /// nullptr if there is none.
  template <class T>
  const T* find() const noexcept {
    for (const auto* at = first_.get(); at; at = at->next.get()) {
      if (*at->type == typeid(T)) return &static_cast<const holder<T>*>(at)->value;
    }
    return nullptr;
  }

  template <class T>
  const T& set(T value) {
    erase(typeid(T));
    auto added = std::make_unique<holder<T>>(std::move(value));
    const auto& kept = added->value;
    added->next = std::move(first_);
    first_ = std::move(added);
    return kept;
  }

  void clear() noexcept {
    if (first_) first_.reset();
  }

 private:
  struct slot {
    explicit slot(const std::type_info& which) noexcept : type(&which) {}
    virtual ~slot() = default;

    const std::type_info* type;
    std::unique_ptr<slot> next;
  };
  template <class T>
  struct holder final : slot {
    explicit holder(T&& what) : slot(typeid(T)), value(std::move(what)) {}

    T value;
  };

  void erase(const std::type_info& which) noexcept {
    for (auto* at = &first_; *at; at = &(*at)->next) {
      if (*(*at)->type != which) continue;
      *at = std::move((*at)->next);
      return;
    }
  }

  std::unique_ptr<slot> first_;
};

}  // namespace sundown::http::detail
