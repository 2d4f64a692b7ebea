#include "app/seed_data/people.hpp"

#include "app/seed_data/plan.hpp"

namespace bridgewatch::app::seed_data {
namespace {

constexpr person all[] = {
    {"alice", "Alice Martin", "owner"},
    {"bob", "Bob Okafor", "auditor"},
    {"carol", "Carol Jensen"},
    {"dmitri", "Дмитрий Орлов"},
    {"chloe", "Chloé Dubois"},
    {"wei", "王伟"},
    {"priya", "Priya Raman"},
    {"lukasz", "Łukasz Wójcik"},
    {"fatima", "فاطمة الزهراء"},
    {"jorge", "Jorge Núñez"},
    {"grace", "Grace O'Brien"},
    {"henrik", "Henrik Åkesson"},
    {"ines", "Inês Carvalho"},
    {"jan-willem", "Jan-Willem de Boer"},
    {"kaito", "佐藤 海斗"},
    {"leila", "Leila Haddad"},
    {"mateo", "Mateo García"},
    {"nadia", "Nadia Petrova"},
    {"oluwaseun", "Oluwaseun Adeyemi"},
    {"petra", "Petra Müller"},
    {"quentin", "Quentin \"Q\" Moreau"},
    {"rosa", "Rosa Conti"},
    {"sven", "Sven Lindqvist"},
    {"thuy", "Nguyễn Thị Thúy"},
    {"umar", "Umar Siddiqui"},
    {"vera", "Vera Novák"},
    {"william", "William Tran"},
    {"ximena", "Ximena Rojas"},
    {"yuki", "Yuki Tanaka"},
    {"zoe", "Zoë Peters"},
    {"ahmet", "Ahmet Yılmaz"},
    {"beatriz", "Beatriz Lima"},
    {"cormac", "Cormac Byrne"},
    {"daria", "Daria Kowalczyk"},
    {"emeka", "Emeka Nwosu"},
    {"frida", "Frida Holm"},
    {"giulia", "Giulia Ferrari"},
    {"hana", "Hana Dvořáková"},
    {"ivan", "Ivan Petrović"},
    {"jamal", "Jamal Washington"},
    {"katarina", "Katarína Horváthová"},
    {"luis", "Luis Ortega"},
    {"mei", "陈梅"},
    {"noah", "Noah Fischer"},
    {"olga", "Ольга Смирнова"},
    {"pavel", "Pavel Svoboda"},
    {"ruth", "Ruth Ben-David"},
    {"sam", "Sam Taylor", "", "suspended"},
    {"tina", "Tina Schmidt", "", "dormant"},
    {"ulf", "Ulf Berg", "", "active", true},
};

} // namespace

std::span<person const> people()
{
    return all;
}

grammar::uuid person_id(std::size_t number)
{
    auto from = random_for(0, row_kind::user, number);
    return make_uuid(from);
}

std::string person_key(std::size_t number)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    constexpr std::size_t key_id_length = 10;
    auto from = random_for(0, row_kind::api_key, number);
    std::string out;
    while (out.size() < key_id_length)
        out += letters[from.below(static_cast<std::uint32_t>(letters.size()))];
    return out;
}

} // namespace bridgewatch::app::seed_data
