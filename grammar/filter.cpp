#include "grammar/filter.hpp"

namespace bridgewatch::grammar {
namespace {

class user_collector {
  public:
    void operator()(all_of& all) { in(all.nodes); }

    void operator()(any_of& any) { in(any.nodes); }

    void operator()(complement& other) { in(other.of); }

    void operator()(initiator_is& initiator)
    {
        for (auto& user : initiator.any_of)
            if (!user.id)
                found.push_back(&user);
    }

    template <class Condition>
    void operator()(Condition& /*has no user*/)
    {
    }

    std::vector<user_reference*> found;

  private:
    void in(std::vector<node>& nodes)
    {
        for (auto& one : nodes)
            std::visit(*this, one.value);
    }
};

} // namespace

std::vector<user_reference*> unresolved_users(filter& in)
{
    user_collector users;
    users(in.root);
    return std::move(users.found);
}

} // namespace bridgewatch::grammar
