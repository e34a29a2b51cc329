-module(events).
-behaviour(gen_event).
-export([run/1, init/1, handle_event/2, handle_call/2]).

run(#{handlers := Handlers, events := Events}) ->
    {ok, Manager} = gen_event:start(),
    [ok = gen_event:add_handler(Manager, {?MODULE, N}, []) || N <- lists:seq(1, Handlers)],
    ok = gen_event:sync_notify(Manager, {added, 0}),
    Start = bench:now_ns(),
    each(Manager, 1, Events),
    ok = gen_event:sync_notify(Manager, {added, 0}),
    Figure = bench:ns_each(Start, Events),
    Events = gen_event:call(Manager, {?MODULE, 1}, sum),
    gen_event:stop(Manager),
    Figure.

each(_, N, Last) when N > Last -> ok;
each(Manager, N, Last) ->
    gen_event:notify(Manager, {added, 1}),
    each(Manager, N + 1, Last).

init([]) -> {ok, 0}.

handle_event({added, N}, Sum) -> {ok, Sum + N}.

handle_call(sum, Sum) -> {ok, Sum, Sum}.
