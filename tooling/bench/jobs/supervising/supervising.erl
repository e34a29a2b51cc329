-module(supervising).
-export([run/1, start_child/0, init/1, handle_call/3, handle_cast/2]).

run(#{rounds := Rounds}) ->
    {ok, Sup} = supervisor:start_link(?MODULE, sup),
    Start = bench:now_ns(),
    each(Sup, Rounds),
    Figure = bench:ns_each(Start, Rounds),
    unlink(Sup),
    exit(Sup, shutdown),
    Figure.

each(_, 0) -> ok;
each(Sup, Left) ->
    {ok, _} = supervisor:start_child(Sup, #{id => child, start => {?MODULE, start_child, []}}),
    ok = supervisor:terminate_child(Sup, child),
    {ok, _} = supervisor:restart_child(Sup, child),
    ok = supervisor:terminate_child(Sup, child),
    ok = supervisor:delete_child(Sup, child),
    each(Sup, Left - 1).

start_child() -> gen_server:start_link(?MODULE, child, []).

init(sup) -> {ok, {#{}, []}};
init(child) -> {ok, 0}.

handle_call(_, _, State) -> {reply, ok, State}.
handle_cast(_, State) -> {noreply, State}.
