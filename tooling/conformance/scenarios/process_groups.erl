%% Process groups of the judge and of other nodes. A scope lives as long as its scenario.
-module(process_groups).
-compile(export_all).

-define(SCOPE, groups_of_the_judge).

only_own_processes_join() ->
    here(), there(b),
    A = t:label(a, idle(b)),
    t:emit(join, nolocal(fun() -> pg:join(?SCOPE, g, A) end)),
    t:emit(leave, nolocal(fun() -> pg:leave(?SCOPE, g, A) end)),
    t:emit(together, nolocal(fun() -> pg:join(?SCOPE, g, [self(), A]) end)),
    t:emit(members, pg:get_members(?SCOPE, g)),
    t:emit(there, join(b, g, A)).

as_often_as_it_joined() ->
    here(),
    A = t:label(a, spawn(peers, idle, [])),
    pg:join(?SCOPE, g, A),
    pg:join(?SCOPE, g, [A, A]),
    t:emit(members, pg:get_members(?SCOPE, g)),
    t:emit(leave, pg:leave(?SCOPE, g, [A, A]) =:= ok),
    t:emit(left, pg:get_members(?SCOPE, g)),
    t:emit(leave, pg:leave(?SCOPE, g, A) =:= ok),
    t:emit(leave, pg:leave(?SCOPE, g, A) =:= ok),
    t:emit(other, pg:leave(?SCOPE, h, A) =:= ok),
    pg:join(?SCOPE, g, A),
    t:emit(some, pg:leave(?SCOPE, g, [self(), A]) =:= ok),
    t:emit(groups, pg:which_groups(?SCOPE)).

members_of_all_nodes() ->
    here(), there(b), peers:connect(b),
    A = t:label(a, spawn(peers, idle, [])),
    B = t:label(b, idle(b)),
    pg:join(?SCOPE, g, A),
    join(b, g, B), join(b, g, B), join(b, h, B),
    t:emit(here, until(fun() -> counts(g, [A, B]) =:= [1, 2] andalso counts(h, [A, B]) =:= [0, 1] end)),
    t:emit(there, until(fun() -> counts(b, g, [A, B]) =:= [1, 2] end)),
    t:emit(own, pg:get_local_members(?SCOPE, g)),
    t:emit(theirs, pg:get_local_members(?SCOPE, h)),
    t:emit(groups, lists:sort(pg:which_groups(?SCOPE))),
    t:emit(own_groups, pg:which_local_groups(?SCOPE)),
    t:emit(nobody, pg:get_members(?SCOPE, nobody)),
    leave(b, h, B),
    t:emit(gone, until(fun() -> pg:which_groups(?SCOPE) =:= [g] end)).

a_death_ends_all_memberships() ->
    here(), there(b), peers:connect(b),
    A = t:label(a, spawn(peers, idle, [])),
    pg:join(?SCOPE, g, [A, A]),
    pg:join(?SCOPE, h, A),
    t:emit(there, until(fun() -> counts(b, g, [A]) =:= [2] andalso counts(b, h, [A]) =:= [1] end)),
    exit(A, kill),
    t:dead(A),
    t:emit(gone_there, until(fun() -> peers:call(b, pg, which_groups, [?SCOPE]) =:= [] end)),
    t:emit(here, pg:which_groups(?SCOPE)),
    t:emit(leave, pg:leave(?SCOPE, g, A) =:= ok).

the_dead_do_not_join() ->
    here(),
    A = t:label(a, spawn(peers, idle, [])),
    {_, []} = pg:monitor(?SCOPE, g),
    exit(A, kill),
    t:dead(A),
    pg:join(?SCOPE, g, A),
    t:emit(change, change(50)),
    t:emit(change, change(50)),
    t:emit(members, until(fun() -> pg:get_members(?SCOPE, g) =:= [] end)).

scopes_are_apart() ->
    here(),
    {ok, Other} = pg:start(another_scope),
    A = t:label(a, spawn(peers, idle, [])),
    pg:join(another_scope, g, A),
    t:emit(here, pg:which_groups(?SCOPE)),
    t:emit(other, pg:which_groups(another_scope)),
    stop(Other),
    t:emit(join, case t:attempt(fun() -> pg:join(another_scope, g, A) end) of {raised, {noproc, _}} -> noproc; Else -> Else end).

a_scope_that_restarts_has_lost_its_own_members() ->
    here(), there(b), peers:connect(b),
    A = t:label(a, spawn(peers, idle, [])),
    B = t:label(b, idle(b)),
    pg:join(?SCOPE, g, A),
    join(b, g, B),
    t:emit(together, until(fun() -> counts(b, g, [A, B]) =:= [1, 1] andalso counts(g, [A, B]) =:= [1, 1] end)),
    stop_at(b), there(b),
    t:emit(theirs_are_gone, until(fun() -> counts(g, [A, B]) =:= [1, 0] end)),
    t:emit(ours_came_again, until(fun() -> counts(b, g, [A, B]) =:= [1, 0] end)),
    join(b, g, B),
    t:emit(joined_again, until(fun() -> counts(g, [A, B]) =:= [1, 1] end)).

each_side_sees_its_own_and_a_heal_brings_all() ->
    here(), there(b), peers:connect(b),
    A = t:label(a, spawn(peers, idle, [])),
    B = t:label(b, idle(b)),
    pg:join(?SCOPE, g, A),
    join(b, g, B),
    t:emit(together, until(fun() -> counts(b, g, [A, B]) =:= [1, 1] andalso counts(g, [A, B]) =:= [1, 1] end)),
    peers:cut(b),
    t:emit(here, until(fun() -> counts(g, [A, B]) =:= [1, 0] end)),
    t:emit(there, until(fun() -> counts(b, g, [A, B]) =:= [0, 1] end)),
    pg:join(?SCOPE, h, A),
    join(b, h, B),
    leave(b, g, B),
    peers:connect(b),
    t:emit(all_here, until(fun() -> counts(h, [A, B]) =:= [1, 1] andalso counts(g, [A, B]) =:= [1, 0] end)),
    t:emit(all_there, until(fun() -> counts(b, h, [A, B]) =:= [1, 1] andalso counts(b, g, [A, B]) =:= [1, 0] end)).

nothing_is_passed_on() ->
    here(), there(b), there(o), peers:connect(b),
    peers:call(b, net_kernel, connect_node, [peers:name(o)]),
    O = t:label(o, idle(o)),
    join(o, g, O),
    t:emit(next, until(fun() -> counts(b, g, [O]) =:= [1] end)),
    A = t:label(a, spawn(peers, idle, [])),
    pg:join(?SCOPE, h, A),
    t:emit(our_next, until(fun() -> counts(b, h, [A]) =:= [1] end)),
    t:emit(here, pg:which_groups(?SCOPE)),
    t:emit(there, peers:call(o, pg, which_groups, [?SCOPE])).

a_monitor_has_what_is_and_all_that_follows() ->
    here(), there(b), peers:connect(b),
    A = t:label(a, spawn(peers, idle, [])),
    B = t:label(b, idle(b)),
    pg:join(?SCOPE, g, A),
    {Ref, Members} = pg:monitor(?SCOPE, g),
    t:emit(members, Members),
    pg:join(?SCOPE, g, [A, A]),
    pg:join(?SCOPE, h, A),
    t:emit(change, change()),
    join(b, g, B),
    t:emit(change, change()),
    pg:leave(?SCOPE, g, A),
    t:emit(change, change()),
    exit(A, kill),
    t:emit(death, [change(), change()]),
    peers:cut(b),
    t:emit(change, change()),
    t:emit(nothing, t:quiet()),
    t:emit(demonitor, pg:demonitor(?SCOPE, Ref) =:= ok),
    t:emit(again, pg:demonitor(?SCOPE, Ref) =:= ok),
    pg:join(?SCOPE, g, self()),
    t:emit(nothing, t:quiet()).

a_monitor_of_the_scope_has_all_groups() ->
    here(), there(b),
    A = t:label(a, spawn(peers, idle, [])),
    B = t:label(b, idle(b)),
    pg:join(?SCOPE, g, A),
    join(b, h, B),
    {_, Groups} = pg:monitor_scope(?SCOPE),
    t:emit(groups, Groups),
    peers:connect(b),
    t:emit(change, change()),
    join(b, g, B),
    t:emit(change, change()),
    peers:cut(b),
    t:emit(both, lists:sort([change(), change()])).

%% The scope of the judge, which is gone with its play.
here() -> {ok, _} = pg:start(?SCOPE).

%% That of a peer.
there(Short) ->
    {ok, Pid} = peers:call(Short, pg, start, [?SCOPE]),
    peers:call(Short, persistent_term, put, [made, [Pid | peers:call(Short, persistent_term, get, [made, []])]]).

stop(Pid) -> exit(Pid, kill), t:dead(Pid).

stop_at(Short) ->
    peers:call(Short, erlang, exit, [peers:call(Short, erlang, whereis, [?SCOPE]), kill]),
    until(fun() -> peers:call(Short, erlang, whereis, [?SCOPE]) =:= undefined end).

idle(Short) -> peers:begin_at(Short, {idle, []}).
join(Short, Group, Pid) -> peers:call(Short, pg, join, [?SCOPE, Group, Pid]) =:= ok.
leave(Short, Group, Pid) -> peers:call(Short, pg, leave, [?SCOPE, Group, Pid]).

%% How often each is in the group.
counts(Group, Pids) -> count(pg:get_members(?SCOPE, Group), Pids).
counts(Short, Group, Pids) -> count(peers:call(Short, pg, get_members, [?SCOPE, Group]), Pids).
count(Members, Pids) -> [length([M || M <- Members, M =:= Pid]) || Pid <- Pids].

until(Fun) -> peers:until(Fun).

nolocal(Fun) ->
    case t:attempt(Fun) of {raised, {nolocal, _}} -> nolocal; Else -> Else end.

change() -> change(2000).
change(Ms) ->
    case t:quiet(Ms) of
        {Ref, Type, Group, Pids} when is_reference(Ref) -> [Type, Group, Pids];
        nothing -> nothing
    end.
