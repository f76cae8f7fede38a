#compdef nearway
# Completion of `nearway` for zsh, made from its commands' parsers. In ~/.zshrc, after compinit: source <(nearway completion zsh)

_nearway() {
    local program=$words[1]
    if ((CURRENT == 2)); then
        local -a commands=(
            'demo:the whole system on this machine: three regions, real Consul and nginx, a simulated API'
            'gateway:the global gateway: tasks to the nearest healthy region with a free slot'
            'worker:a worker: takes tasks, submits them to the solving API, registers itself in Consul'
            'register:puts a program of yours, in any language, into a region as a worker of it'
            'renderer:a region endpoint: renders nginx'\''s configuration from Consul and runs nginx'
            'render:files from templates and Consul, kept up to date, and the programs that read them told'
            'status:where tasks go now, and why: regions, their load, the queue'
            'watch:the same, live; or, where nobody sees it, a line for each change'
            'regions:the regions a gateway knows, one in a line'
            'workers:the workers a gateway knows, one in a line'
            'explain:where the task of a client would go, and why, region by region'
            'drain:let a region take nothing new; what it has in flight ends there'
            'undrain:let a region take its full share again'
            'dial:set the share of a region'\''s slots that each gateway may use, 0.0 to 1.0'
            'solve:tasks from arguments, a file or a pipe, each paid for once'
            'tasks:the newest tasks in the gateway'\''s ledger, or one of them in words'
            'spend:what was submitted, solved, failed and unknown, by tenant, region and day'
            'tenant:who may use gateways: add one and make its key, more keys, take one away'
            'doctor:what is wrong with Consul, regions, a gateway, this machine, and how it is mended'
            'check-worker:what a worker of yours supports of the worker contract, and where it breaks it'
            'completion:what bash, zsh or fish needs to complete commands, options and regions'
            '--help:list the commands'
            '--version:say which version this is'
        )
        _describe command commands
        return
    fi
    shift words
    ((CURRENT--))
    case $words[1] in
    demo)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--story[play the story unattended; exit status 0 only if every promise held]' \
            '--shift[add N to every port]:N: ' \
            '--speed[how many times faster than the real API]:X: ' \
            '--run[where to write; emptied first]:DIR:_files'
        ;;
    gateway)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--settings[print what each setting means, as a page, and end]' \
            '--check[look at the settings and what they name, and end]'
        ;;
    worker)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--settings[print what each setting means, as a page, and end]' \
            '--check[look at the settings and what they name, and end]' \
            '--check-account[the same, and ask the API for threads and balance, which costs nothing]'
        ;;
    register)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--url[where the region'\''s nginx reaches the program]:URL: ' \
            '--slots[how many tasks it takes at once]:N: ' \
            '--region[the region'\''s name]:REGION:_nearway_regions' \
            '--weight[its share]:N: ' \
            '--backup[it takes tasks only while no other worker does]' \
            '--resumable[any resumable worker of the region continues what it accepted; check-worker --level resumable says whether it may]' \
            '--health[its health check]:PATH: ' \
            '--interval[between two looks at it]:T: ' \
            '--start[seconds until the command is up]:S: ' \
            '--drain[seconds its tasks may take at the end]:S: ' \
            '1:COMMAND: '
        ;;
    renderer)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--settings[print what each setting means, as a page, and end]' \
            '--check[look at the settings and what they name, and end]' \
            '1:FILE:_files'
        ;;
    render)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '*-t[a template, the file it makes, and what is run then]:IN\:OUT\[\:COMMAND\]: ' \
            '*--template[a template, the file it makes, and what is run then]:IN\:OUT\[\:COMMAND\]: ' \
            '(-c --config)-c[a TOML file with \[\[template\]\] and all else]:FILE:_files' \
            '(-c --config)--config[a TOML file with \[\[template\]\] and all else]:FILE:_files' \
            '--once[make all files once all can be made, run their commands, end]' \
            '--dry[print what would change as a unified diff, change nothing, end]' \
            '--check[end with 0 if all files are as they would be made, else with 3]' \
            '--timeout[for these three, how long to wait]:TIME: ' \
            '--exec[a program to run and to keep running, without a shell]:PROGRAM: ' \
            '--reload-signal[has that program read its files again; without, it is started again]:SIGNAL: ' \
            '--wait[for how long a change waits for quiet]:LEAST\:MOST: ' \
            '--status-listen[where /status and /metrics are served]:ADDRESS\:PORT: ' \
            '--log-level[DEBUG, INFO, WARNING or ERROR]:LEVEL: '
        ;;
    status)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--json[as JSON]' \
            '--no-color[no colours; there are none either where NO_COLOR is set, or on no terminal]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files'
        ;;
    watch)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--json[as JSON]' \
            '--no-color[no colours; there are none either where NO_COLOR is set, or on no terminal]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files'
        ;;
    regions)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--region[only that region]:REGION:_nearway_regions' \
            '--names[only their names]' \
            '--json[as JSON]' \
            '--no-color[no colours; there are none either where NO_COLOR is set, or on no terminal]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files'
        ;;
    workers)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--region[only that region]:REGION:_nearway_regions' \
            '--json[as JSON]' \
            '--no-color[no colours; there are none either where NO_COLOR is set, or on no terminal]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files'
        ;;
    explain)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--ip[the client'\''s IP address]:ADDRESS: ' \
            '--region[as if the client preferred it]:REGION:_nearway_regions' \
            '--json[as JSON]' \
            '--no-color[no colours; there are none either where NO_COLOR is set, or on no terminal]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files'
        ;;
    drain)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--by[who sets it]:NAME: ' \
            '--why[the reason, for whoever looks at the region later]:TEXT: ' \
            '--force[also for a region that no datacenter knows]' \
            '1:REGION:_nearway_regions'
        ;;
    undrain)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--by[who sets it]:NAME: ' \
            '--why[the reason, for whoever looks at the region later]:TEXT: ' \
            '--force[also for a region that no datacenter knows]' \
            '1:REGION:_nearway_regions'
        ;;
    dial)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--by[who sets it]:NAME: ' \
            '--why[the reason, for whoever looks at the region later]:TEXT: ' \
            '--force[also for a region that no datacenter knows]' \
            '1:REGION:_nearway_regions' \
            '2:SHARE: '
        ;;
    solve)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--file[the tasks, one in a line]:FILE:_files' \
            '--format[of the tasks]:format:(jsonl csv)' \
            '--id[the member that is a task'\''s name, and not sent]:NAME: ' \
            '--output[the results, .jsonl or .csv]:FILE:_files' \
            '--journal[what was sent, for the next run]:FILE:_files' \
            '--skip-unreadable[send the others where lines are no tasks]' \
            '--again[send again what was sent over 24 hours ago]' \
            '--same-ledger[go on at another address]' \
            '--price[of a thousand tasks, to tell what they cost]:MONEY: ' \
            '--concurrency[tasks at once]:N: ' \
            '--region[the region that is preferred]:REGION:_nearway_regions' \
            '--deadline[for each task]:SECONDS: ' \
            '--idempotency-key[of the one task]:KEY: ' \
            '--json[as JSON]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files' \
            '1:NAME=VALUE: '
        ;;
    tasks)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--state[only those in that state]:state:(waiting submitting accepted solved failed left)' \
            '--money[only those paid for, or not, or perhaps]:money:(no yes unknown)' \
            '--most[how many]:N: ' \
            '--tenant[only that tenant'\''s]:NAME: ' \
            '--region[only those a region had last]:REGION:_nearway_regions' \
            '--since[only those that came so long ago at most]:AGE: ' \
            '--json[as JSON]' \
            '1:TASK: '
        ;;
    spend)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--by[of tenant,region,day]:WHAT: ' \
            '--tenant[only that tenant'\''s]:NAME: ' \
            '--region[only those a region had last]:REGION:_nearway_regions' \
            '--since[only those that came so long ago at most]:AGE: ' \
            '--json[as JSON]'
        ;;
    tenant)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--file[the policy file]:FILE:_files' \
            '--json[list]' \
            '--role[add]:role:(client viewer operator)' \
            '--weight[add]:W: ' \
            '--slots[add]:N: ' \
            '--queue[add]:N: ' \
            '--burst[add]:N: ' \
            '--daily[add]:N: ' \
            '--rate[add]:N/UNIT: ' \
            '*--host[add]:HOST: ' \
            '--retry-unknown[add]' \
            '1:VERB:(add key revoke list)' \
            '2:NAME: ' \
            '3:HASH: '
        ;;
    doctor)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '*--for[which program is to run here, with its settings, port and rights in Consul]:programs:(gateway worker renderer dial)' \
            '--region-file[for a renderer]:FILE:_files' \
            '--account[for a worker]' \
            '--no-gateway[leave out the gateway]' \
            '--json[as JSON]' \
            '--no-color[no colours; there are none either where NO_COLOR is set, or on no terminal]' \
            '--gateway[which is asked]:URL: ' \
            '--key-file[a file with the key of a tenant there]:FILE:_files'
        ;;
    check-worker)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '--level[what it claims]:level:(basic resumable)' \
            '--task[the task]:JSON: ' \
            '--other[a second worker, which must answer for the first one'\''s task]:URL: ' \
            '--fill[take every slot, if at most N, to see a full worker refuse]:N: ' \
            '--timeout[seconds a task may take]:S: ' \
            '--token-file[the file of the token that the worker asks for]:FILE:_files' \
            '--json[the report as a JSON list]' \
            '--yes-it-may-cost[check a worker that is not on this machine]' \
            '1:URL: '
        ;;
    completion)
        _arguments \
            '(-h --help)-h[show this help message and exit]' \
            '(-h --help)--help[show this help message and exit]' \
            '1:SHELL:(bash zsh fish)'
        ;;
    esac
}

_nearway_regions() {
    local -a names=("${(@f)$($program regions --names 2>/dev/null)}")
    compadd -- $names
}

if [[ $funcstack[1] == _nearway ]]; then
    _nearway "$@"
else
    compdef _nearway nearway
fi
