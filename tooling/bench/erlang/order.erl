%% The object of about 1 KiB: agner/order.ts in Erlang.
-module(order).
-export([new/0]).

new() ->
    #{
        id => 123456,
        customer => <<"agner@example.org">>,
        placedAt => 1763737200000,
        paid => true,
        note => null,
        tags => [<<"urgent">>, <<"gift">>, <<"export">>],
        address => #{
            street => <<"Stengade 1">>, city => <<"Helsingør"/utf8>>, postcode => <<"3000">>, country => <<"DK">>,
            location => #{latitude => 56.0361, longitude => 12.6136}
        },
        items => [item(N) || N <- lists:seq(1, 8)],
        total => 1079.64
    }.

item(N) ->
    #{
        sku => <<"SKU-000", (integer_to_binary(N))/binary>>, title => <<"A telephone exchange">>, count => N,
        price => 29.99, inStock => N rem 2 =:= 0
    }.
