%% Names for all nodes: after a partition, a lost node, a death. The judge is connected to none of them.
-module(global_names).
-compile(export_all).

two_owners_become_one_after_a_heal() ->
    A = t:label(a, peers:begin_at(d, {idle, []})),
    B = t:label(b, peers:begin_at(e, {idle, []})),
    t:emit(at_d, register_at(d, A)),
    t:emit(at_e, register_at(e, B)),
    heal(),
    t:emit(same, peers:until(fun() -> whereis_at(d) =:= whereis_at(e) andalso is_pid(whereis_at(d)) end)),
    t:emit(one_lives, peers:until(fun() -> length(living([{d, A}, {e, B}])) =:= 1 end)),
    [Owner] = living([{d, A}, {e, B}]),
    t:emit(it_has_the_name, whereis_at(d) =:= Owner),
    away().

names_of_a_lost_node_go_and_come_back() ->
    A = t:label(a, peers:begin_at(d, {idle, []})),
    heal(),
    t:emit(registered, register_at(d, A)),
    t:emit(there, peers:until(fun() -> whereis_at(e) =:= A end)),
    away(),
    t:emit(gone_there, peers:until(fun() -> whereis_at(e) =:= undefined end)),
    t:emit(kept_here, whereis_at(d) =:= A),
    heal(),
    t:emit(back, peers:until(fun() -> whereis_at(e) =:= A end)),
    away().

a_global_name_ends_with_its_process() ->
    A = t:label(a, peers:begin_at(d, {idle, []})),
    heal(),
    t:emit(registered, register_at(e, A)),
    B = t:label(b, peers:begin_at(e, {idle, []})),
    t:emit(taken, register_at(e, B)),
    peers:call(d, erlang, exit, [A, kill]),
    t:emit(gone_here, peers:until(fun() -> whereis_at(d) =:= undefined end)),
    t:emit(gone_there, peers:until(fun() -> whereis_at(e) =:= undefined end)),
    t:emit(free, register_at(d, B)),
    away().

heal() ->
    peers:call(d, net_kernel, connect_node, [peers:name(e)]),
    peers:call(d, global, sync, []),
    peers:call(e, global, sync, []).

away() ->
    peers:call(d, erlang, disconnect_node, [peers:name(e)]),
    peers:until(fun() -> peers:call(e, erlang, nodes, []) =:= [] andalso peers:call(d, erlang, nodes, []) =:= [] end).

register_at(Short, Pid) -> peers:call(Short, global, register_name, [the_one, Pid]) =:= yes.

whereis_at(Short) -> peers:call(Short, global, whereis_name, [the_one]).

living(Processes) -> [Pid || {Short, Pid} <- Processes, peers:call(Short, erlang, is_process_alive, [Pid])].
