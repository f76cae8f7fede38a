# Completion of `nearway` for fish, made from its commands' parsers. Once:
#   nearway completion fish >~/.config/fish/completions/nearway.fish

function __nearway_at # COMMAND POSITION: whether that many words that are no options came before
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]; or return 1
    set -l at 0
    set -l value no
    for word in $words[3..-1]
        if test $value = yes
            set value no
        else if string match -q -- '-*' $word
            contains -- "$argv[1] $word" $__nearway_with_value; and set value yes
        else
            set at (math $at + 1)
        end
    end
    test $at -eq $argv[2]
end

function __nearway_in # COMMAND
    set -l words (commandline -opc)
    test (count $words) -ge 2; and test $words[2] = $argv[1]
end

function __nearway_regions
    set -l words (commandline -opc)
    $words[1] regions --names 2>/dev/null
end

# Each command's options that a value follows.
set -g __nearway_with_value 'demo --shift' 'demo --speed' 'demo --run' 'register --url' 'register --slots' 'register --region' 'register --weight' 'register --health' 'register --interval' 'register --start' 'register --drain' 'render -t' 'render --template' 'render -c' 'render --config' 'render --timeout' 'render --exec' 'render --reload-signal' 'render --wait' 'render --status-listen' 'render --log-level' 'status --gateway' 'status --key-file' 'watch --gateway' 'watch --key-file' 'regions --region' 'regions --gateway' 'regions --key-file' 'workers --region' 'workers --gateway' 'workers --key-file' 'explain --ip' 'explain --region' 'explain --gateway' 'explain --key-file' 'drain --by' 'drain --why' 'undrain --by' 'undrain --why' 'dial --by' 'dial --why' 'solve --file' 'solve --format' 'solve --id' 'solve --output' 'solve --journal' 'solve --price' 'solve --concurrency' 'solve --region' 'solve --deadline' 'solve --idempotency-key' 'solve --gateway' 'solve --key-file' 'tasks --state' 'tasks --money' 'tasks --most' 'tasks --tenant' 'tasks --region' 'tasks --since' 'spend --by' 'spend --tenant' 'spend --region' 'spend --since' 'tenant --file' 'tenant --role' 'tenant --weight' 'tenant --slots' 'tenant --queue' 'tenant --burst' 'tenant --daily' 'tenant --rate' 'tenant --host' 'doctor --for' 'doctor --region-file' 'doctor --gateway' 'doctor --key-file' 'check-worker --level' 'check-worker --task' 'check-worker --other' 'check-worker --fill' 'check-worker --timeout' 'check-worker --token-file'

complete -c nearway -f
complete -c nearway -n __fish_use_subcommand -l version -d 'say which version this is'
complete -c nearway -n __fish_use_subcommand -s h -l help -d 'list the commands'

complete -c nearway -n __fish_use_subcommand -a demo -d 'the whole system on this machine: three regions, real Consul and nginx, a simulated API'
complete -c nearway -n '__nearway_in demo' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in demo' -l story -d 'play the story unattended; exit status 0 only if every promise held'
complete -c nearway -n '__nearway_in demo' -l shift -x -d 'add N to every port'
complete -c nearway -n '__nearway_in demo' -l speed -x -d 'how many times faster than the real API'
complete -c nearway -n '__nearway_in demo' -l run -r -F -d 'where to write; emptied first'

complete -c nearway -n __fish_use_subcommand -a gateway -d 'the global gateway: tasks to the nearest healthy region with a free slot'
complete -c nearway -n '__nearway_in gateway' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in gateway' -l settings -d 'print what each setting means, as a page, and end'
complete -c nearway -n '__nearway_in gateway' -l check -d 'look at the settings and what they name, and end'

complete -c nearway -n __fish_use_subcommand -a worker -d 'a worker: takes tasks, submits them to the solving API, registers itself in Consul'
complete -c nearway -n '__nearway_in worker' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in worker' -l settings -d 'print what each setting means, as a page, and end'
complete -c nearway -n '__nearway_in worker' -l check -d 'look at the settings and what they name, and end'
complete -c nearway -n '__nearway_in worker' -l check-account -d 'the same, and ask the API for threads and balance, which costs nothing'

complete -c nearway -n __fish_use_subcommand -a register -d 'puts a program of yours, in any language, into a region as a worker of it'
complete -c nearway -n '__nearway_in register' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in register' -l url -x -d 'where the region\'s nginx reaches the program'
complete -c nearway -n '__nearway_in register' -l slots -x -d 'how many tasks it takes at once'
complete -c nearway -n '__nearway_in register' -l region -x -a '(__nearway_regions)' -d 'the region\'s name'
complete -c nearway -n '__nearway_in register' -l weight -x -d 'its share'
complete -c nearway -n '__nearway_in register' -l backup -d 'it takes tasks only while no other worker does'
complete -c nearway -n '__nearway_in register' -l resumable -d 'any resumable worker of the region continues what it accepted; check-worker --level resumable says whether it may'
complete -c nearway -n '__nearway_in register' -l health -x -d 'its health check'
complete -c nearway -n '__nearway_in register' -l interval -x -d 'between two looks at it'
complete -c nearway -n '__nearway_in register' -l start -x -d 'seconds until the command is up'
complete -c nearway -n '__nearway_in register' -l drain -x -d 'seconds its tasks may take at the end'
complete -c nearway -n '__nearway_at register 0' -f -d 'what is run, after --'

complete -c nearway -n __fish_use_subcommand -a renderer -d 'a region endpoint: renders nginx\'s configuration from Consul and runs nginx'
complete -c nearway -n '__nearway_in renderer' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in renderer' -l settings -d 'print what each setting means, as a page, and end'
complete -c nearway -n '__nearway_in renderer' -l check -d 'look at the settings and what they name, and end'
complete -c nearway -n '__nearway_at renderer 0' -r -F -d 'the region file, as regions/us-east.toml'

complete -c nearway -n __fish_use_subcommand -a render -d 'files from templates and Consul, kept up to date, and the programs that read them told'
complete -c nearway -n '__nearway_in render' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in render' -s t -l template -x -d 'a template, the file it makes, and what is run then'
complete -c nearway -n '__nearway_in render' -s c -l config -r -F -d 'a TOML file with [[template]] and all else'
complete -c nearway -n '__nearway_in render' -l once -d 'make all files once all can be made, run their commands, end'
complete -c nearway -n '__nearway_in render' -l dry -d 'print what would change as a unified diff, change nothing, end'
complete -c nearway -n '__nearway_in render' -l check -d 'end with 0 if all files are as they would be made, else with 3'
complete -c nearway -n '__nearway_in render' -l timeout -x -d 'for these three, how long to wait'
complete -c nearway -n '__nearway_in render' -l exec -x -d 'a program to run and to keep running, without a shell'
complete -c nearway -n '__nearway_in render' -l reload-signal -x -d 'has that program read its files again; without, it is started again'
complete -c nearway -n '__nearway_in render' -l wait -x -d 'for how long a change waits for quiet'
complete -c nearway -n '__nearway_in render' -l status-listen -x -d 'where /status and /metrics are served'
complete -c nearway -n '__nearway_in render' -l log-level -x -d 'DEBUG, INFO, WARNING or ERROR'

complete -c nearway -n __fish_use_subcommand -a status -d 'where tasks go now, and why: regions, their load, the queue'
complete -c nearway -n '__nearway_in status' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in status' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in status' -l no-color -d 'no colours; there are none either where NO_COLOR is set, or on no terminal'
complete -c nearway -n '__nearway_in status' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in status' -l key-file -r -F -d 'a file with the key of a tenant there'

complete -c nearway -n __fish_use_subcommand -a watch -d 'the same, live; or, where nobody sees it, a line for each change'
complete -c nearway -n '__nearway_in watch' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in watch' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in watch' -l no-color -d 'no colours; there are none either where NO_COLOR is set, or on no terminal'
complete -c nearway -n '__nearway_in watch' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in watch' -l key-file -r -F -d 'a file with the key of a tenant there'

complete -c nearway -n __fish_use_subcommand -a regions -d 'the regions a gateway knows, one in a line'
complete -c nearway -n '__nearway_in regions' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in regions' -l region -x -a '(__nearway_regions)' -d 'only that region'
complete -c nearway -n '__nearway_in regions' -l names -d 'only their names'
complete -c nearway -n '__nearway_in regions' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in regions' -l no-color -d 'no colours; there are none either where NO_COLOR is set, or on no terminal'
complete -c nearway -n '__nearway_in regions' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in regions' -l key-file -r -F -d 'a file with the key of a tenant there'

complete -c nearway -n __fish_use_subcommand -a workers -d 'the workers a gateway knows, one in a line'
complete -c nearway -n '__nearway_in workers' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in workers' -l region -x -a '(__nearway_regions)' -d 'only that region'
complete -c nearway -n '__nearway_in workers' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in workers' -l no-color -d 'no colours; there are none either where NO_COLOR is set, or on no terminal'
complete -c nearway -n '__nearway_in workers' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in workers' -l key-file -r -F -d 'a file with the key of a tenant there'

complete -c nearway -n __fish_use_subcommand -a explain -d 'where the task of a client would go, and why, region by region'
complete -c nearway -n '__nearway_in explain' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in explain' -l ip -x -d 'the client\'s IP address'
complete -c nearway -n '__nearway_in explain' -l region -x -a '(__nearway_regions)' -d 'as if the client preferred it'
complete -c nearway -n '__nearway_in explain' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in explain' -l no-color -d 'no colours; there are none either where NO_COLOR is set, or on no terminal'
complete -c nearway -n '__nearway_in explain' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in explain' -l key-file -r -F -d 'a file with the key of a tenant there'

complete -c nearway -n __fish_use_subcommand -a drain -d 'let a region take nothing new; what it has in flight ends there'
complete -c nearway -n '__nearway_in drain' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in drain' -l by -x -d 'who sets it'
complete -c nearway -n '__nearway_in drain' -l why -x -d 'the reason, for whoever looks at the region later'
complete -c nearway -n '__nearway_in drain' -l force -d 'also for a region that no datacenter knows'
complete -c nearway -n '__nearway_at drain 0' -f -a '(__nearway_regions)' -d 'the region\'s name'

complete -c nearway -n __fish_use_subcommand -a undrain -d 'let a region take its full share again'
complete -c nearway -n '__nearway_in undrain' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in undrain' -l by -x -d 'who sets it'
complete -c nearway -n '__nearway_in undrain' -l why -x -d 'the reason, for whoever looks at the region later'
complete -c nearway -n '__nearway_in undrain' -l force -d 'also for a region that no datacenter knows'
complete -c nearway -n '__nearway_at undrain 0' -f -a '(__nearway_regions)' -d 'the region\'s name'

complete -c nearway -n __fish_use_subcommand -a dial -d 'set the share of a region\'s slots that each gateway may use, 0.0 to 1.0'
complete -c nearway -n '__nearway_in dial' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in dial' -l by -x -d 'who sets it'
complete -c nearway -n '__nearway_in dial' -l why -x -d 'the reason, for whoever looks at the region later'
complete -c nearway -n '__nearway_in dial' -l force -d 'also for a region that no datacenter knows'
complete -c nearway -n '__nearway_at dial 0' -f -a '(__nearway_regions)' -d 'the region\'s name'
complete -c nearway -n '__nearway_at dial 1' -f -d '0.0 to 1.0; above 0, at least one slot is left'

complete -c nearway -n __fish_use_subcommand -a solve -d 'tasks from arguments, a file or a pipe, each paid for once'
complete -c nearway -n '__nearway_in solve' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in solve' -l file -r -F -d 'the tasks, one in a line'
complete -c nearway -n '__nearway_in solve' -l format -x -a 'jsonl csv' -d 'of the tasks'
complete -c nearway -n '__nearway_in solve' -l id -x -d 'the member that is a task\'s name, and not sent'
complete -c nearway -n '__nearway_in solve' -l output -r -F -d 'the results, .jsonl or .csv'
complete -c nearway -n '__nearway_in solve' -l journal -r -F -d 'what was sent, for the next run'
complete -c nearway -n '__nearway_in solve' -l skip-unreadable -d 'send the others where lines are no tasks'
complete -c nearway -n '__nearway_in solve' -l again -d 'send again what was sent over 24 hours ago'
complete -c nearway -n '__nearway_in solve' -l same-ledger -d 'go on at another address'
complete -c nearway -n '__nearway_in solve' -l price -x -d 'of a thousand tasks, to tell what they cost'
complete -c nearway -n '__nearway_in solve' -l concurrency -x -d 'tasks at once'
complete -c nearway -n '__nearway_in solve' -l region -x -a '(__nearway_regions)' -d 'the region that is preferred'
complete -c nearway -n '__nearway_in solve' -l deadline -x -d 'for each task'
complete -c nearway -n '__nearway_in solve' -l idempotency-key -x -d 'of the one task'
complete -c nearway -n '__nearway_in solve' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in solve' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in solve' -l key-file -r -F -d 'a file with the key of a tenant there'
complete -c nearway -n '__nearway_at solve 0' -f -d 'a member of the one task; NAME=@FILE'

complete -c nearway -n __fish_use_subcommand -a tasks -d 'the newest tasks in the gateway\'s ledger, or one of them in words'
complete -c nearway -n '__nearway_in tasks' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in tasks' -l state -x -a 'waiting submitting accepted solved failed left' -d 'only those in that state'
complete -c nearway -n '__nearway_in tasks' -l money -x -a 'no yes unknown' -d 'only those paid for, or not, or perhaps'
complete -c nearway -n '__nearway_in tasks' -l most -x -d 'how many'
complete -c nearway -n '__nearway_in tasks' -l tenant -x -d 'only that tenant\'s'
complete -c nearway -n '__nearway_in tasks' -l region -x -a '(__nearway_regions)' -d 'only those a region had last'
complete -c nearway -n '__nearway_in tasks' -l since -x -d 'only those that came so long ago at most'
complete -c nearway -n '__nearway_in tasks' -l json -d 'as JSON'
complete -c nearway -n '__nearway_at tasks 0' -f -d 'a task\'s id or the beginning of it'

complete -c nearway -n __fish_use_subcommand -a spend -d 'what was submitted, solved, failed and unknown, by tenant, region and day'
complete -c nearway -n '__nearway_in spend' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in spend' -l by -x -d 'of tenant,region,day'
complete -c nearway -n '__nearway_in spend' -l tenant -x -d 'only that tenant\'s'
complete -c nearway -n '__nearway_in spend' -l region -x -a '(__nearway_regions)' -d 'only those a region had last'
complete -c nearway -n '__nearway_in spend' -l since -x -d 'only those that came so long ago at most'
complete -c nearway -n '__nearway_in spend' -l json -d 'as JSON'

complete -c nearway -n __fish_use_subcommand -a tenant -d 'who may use gateways: add one and make its key, more keys, take one away'
complete -c nearway -n '__nearway_in tenant' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in tenant' -l file -r -F -d 'the policy file'
complete -c nearway -n '__nearway_in tenant' -l json -d 'list'
complete -c nearway -n '__nearway_in tenant' -l role -x -a 'client viewer operator' -d 'add'
complete -c nearway -n '__nearway_in tenant' -l weight -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l slots -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l queue -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l burst -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l daily -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l rate -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l host -x -d 'add'
complete -c nearway -n '__nearway_in tenant' -l retry-unknown -d 'add'
complete -c nearway -n '__nearway_at tenant 0' -f -a 'add key revoke list' -d 'add, key, revoke or list'
complete -c nearway -n '__nearway_at tenant 1' -f -d 'the tenant\'s name'
complete -c nearway -n '__nearway_at tenant 2' -f -d 'the beginning of the hash of a key, as `list` shows it'

complete -c nearway -n __fish_use_subcommand -a doctor -d 'what is wrong with Consul, regions, a gateway, this machine, and how it is mended'
complete -c nearway -n '__nearway_in doctor' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in doctor' -l for -x -a 'gateway worker renderer dial' -d 'which program is to run here, with its settings, port and rights in Consul'
complete -c nearway -n '__nearway_in doctor' -l region-file -r -F -d 'for a renderer'
complete -c nearway -n '__nearway_in doctor' -l account -d 'for a worker'
complete -c nearway -n '__nearway_in doctor' -l no-gateway -d 'leave out the gateway'
complete -c nearway -n '__nearway_in doctor' -l json -d 'as JSON'
complete -c nearway -n '__nearway_in doctor' -l no-color -d 'no colours; there are none either where NO_COLOR is set, or on no terminal'
complete -c nearway -n '__nearway_in doctor' -l gateway -x -d 'which is asked'
complete -c nearway -n '__nearway_in doctor' -l key-file -r -F -d 'a file with the key of a tenant there'

complete -c nearway -n __fish_use_subcommand -a check-worker -d 'what a worker of yours supports of the worker contract, and where it breaks it'
complete -c nearway -n '__nearway_in check-worker' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_in check-worker' -l level -x -a 'basic resumable' -d 'what it claims'
complete -c nearway -n '__nearway_in check-worker' -l task -x -d 'the task'
complete -c nearway -n '__nearway_in check-worker' -l other -x -d 'a second worker, which must answer for the first one\'s task'
complete -c nearway -n '__nearway_in check-worker' -l fill -x -d 'take every slot, if at most N, to see a full worker refuse'
complete -c nearway -n '__nearway_in check-worker' -l timeout -x -d 'seconds a task may take'
complete -c nearway -n '__nearway_in check-worker' -l token-file -r -F -d 'the file of the token that the worker asks for'
complete -c nearway -n '__nearway_in check-worker' -l json -d 'the report as a JSON list'
complete -c nearway -n '__nearway_in check-worker' -l yes-it-may-cost -d 'check a worker that is not on this machine'
complete -c nearway -n '__nearway_at check-worker 0' -f -d 'the worker, like http'

complete -c nearway -n __fish_use_subcommand -a completion -d 'what bash, zsh or fish needs to complete commands, options and regions'
complete -c nearway -n '__nearway_in completion' -s h -l help -d 'show this help message and exit'
complete -c nearway -n '__nearway_at completion 0' -f -a 'bash zsh fish' -d 'the shell'
