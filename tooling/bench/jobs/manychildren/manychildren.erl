-module(manychildren).
-export([run/1, start_child/1, init/1, handle_call/3, handle_cast/2]).

run(#{children := Children}) ->
    Fewer = each(Children div 10),
    Value = each(Children),
    #{value => Value, times => Value / Fewer}.

each(Count) ->
    Names = [none || _ <- lists:seq(2, Count)] ++ [last],
    Specs = [#{id => N, start => {?MODULE, start_child, [Name]}} || {N, Name} <- lists:zip(lists:seq(1, Count), Names)],
    Start = bench:now_ns(),
    {ok, Sup} = supervisor:start_link(?MODULE, {sup, Specs}),
    Old = whereis(last),
    exit(Old, kill),
    again(Old),
    1 = gen_server:call(last, ping),
    gen_server:stop(Sup, normal, infinity),
    (bench:now_ns() - Start) / Count.

again(Old) ->
    case whereis(last) of
        undefined -> erlang:yield(), again(Old);
        Old -> erlang:yield(), again(Old);
        _ -> ok
    end.

start_child(none) -> gen_server:start_link(?MODULE, child, []);
start_child(Name) -> gen_server:start_link({local, Name}, ?MODULE, child, []).

init({sup, Specs}) -> {ok, {#{}, Specs}};
init(child) -> {ok, 0}.

handle_call(ping, _, State) -> {reply, 1, State}.
handle_cast(_, State) -> {noreply, State}.
