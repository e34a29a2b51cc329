%% What a scenario says to the judge: who a process is, and what it saw.
%% Events go into a public table with a number of their own, so that emitting sends no signal and waits for nobody.
-module(t).
-export([open/0, clear/0, label/2, emit/1, emit/2, attempt/1, quiet/0, quiet/1, collect/0, echo/0, dead/1, reason/1, ping/1, elapsed/1,
         call/3, answer/2, reports/0, log/2]).

open() ->
    ets:new(t_events, [named_table, public, ordered_set]),
    ets:new(t_labels, [named_table, public]).

clear() ->
    ets:delete_all_objects(t_events),
    ets:delete_all_objects(t_labels).

label(Label, Made) ->
    Pid = case Made of {P, _} -> P; P -> P end,
    true = ets:insert_new(t_labels, {Pid, Label}),
    Made.

emit(What) -> emit(What, none).

emit(What, Data) ->
    ets:insert(t_events, {erlang:unique_integer([monotonic]), self(), What, Data}),
    Data.

%% The result of Fun, or {raised, Reason}.
attempt(Fun) ->
    try Fun() catch _:Reason -> {raised, Reason} end.

%% The next message, or 'nothing' if none comes in a while.
quiet() -> quiet(50).
quiet(Ms) ->
    receive Message -> Message after Ms -> nothing end.

%% All that waits in the mailbox, in order.
collect() ->
    receive Message -> [Message | collect()] after 0 -> [] end.

%% Answers pings for ever.
echo() ->
    receive {ping, From} -> From ! {pong, self()}, echo(); _ -> echo() end.

%% Waits until Pid is dead; its exit reason.
dead(Pid) ->
    Ref = monitor(process, Pid),
    receive {'DOWN', Ref, process, _, Reason} -> Reason end.

%% The exit reason of what spawn_monitor made.
reason({_, Ref}) ->
    receive {'DOWN', Ref, process, _, Reason} -> Reason end.

ping(Pid) ->
    Pid ! {ping, self()},
    receive {pong, Pid} -> ok end.

elapsed(Since) -> erlang:monotonic_time(millisecond) - Since.

%% A call as gen makes it: monitor and alias in one. {answer, Reply}, {failed, Reason} or {failed, timeout}.
call(To, Question, Timeout) ->
    Ref = monitor(process, To, [{alias, reply_demonitor}]),
    To ! {call, Ref, Question},
    receive
        {Ref, Answer} -> {answer, Answer};
        {'DOWN', Ref, _, _, Reason} -> {failed, Reason}
    after Timeout ->
        demonitor(Ref, [flush]),
        {failed, timeout}
    end.

answer(Ref, Answer) -> Ref ! {Ref, Answer}.

%% From now on main gets {reported, Pid} for each crash that is logged.
reports() ->
    logger:set_primary_config(level, error),
    logger:remove_handler(t),
    ok = logger:add_handler(t, t, #{level => error, config => #{to => self()}}).

log(#{meta := #{pid := Pid}}, #{config := #{to := To}}) -> To ! {reported, Pid}.
