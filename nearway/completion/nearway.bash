# Completion of `nearway` for bash, made from its commands' parsers. In ~/.bashrc: source <(nearway completion bash)

_nearway() {
    local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} word waiting= at=0
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        _nearway_offer "demo gateway worker register renderer render status watch regions workers explain drain undrain dial solve tasks spend tenant doctor check-worker completion --help --version"
        return
    fi
    for word in "${COMP_WORDS[@]:2:COMP_CWORD-2}"; do
        case $word in
        =) ;; # readline takes it for a word of its own
        *) if [[ $waiting ]]; then waiting=
           elif [[ $word == -* ]]; then waiting=$(_nearway_takes "$command" "$word")
           else ((at += 1)); fi ;;
        esac
    done
    [[ $current == = ]] && current=
    if [[ ! $waiting && $current == -* ]]; then
        _nearway_offer "$(_nearway_options "$command")"
        return
    fi
    waiting=${waiting:-$(_nearway_takes "$command" "$at")}
    case $waiting in
    file) compopt -o default ;;
    region) _nearway_offer "$("${COMP_WORDS[0]}" regions --names 2>/dev/null)" ;;
    words*) _nearway_offer "${waiting#words}" ;;
    esac
}

_nearway_offer() { # what the gateway says is never evaluated, as `compgen -W` would
    local -a all
    read -r -d '' -a all <<<"$1"
    for word in "${all[@]}"; do
        [[ $word == "$current"* ]] && COMPREPLY+=("$word")
    done
}

_nearway_options() {
    case $1 in
    demo) echo "-h --help --story --shift --speed --run" ;;
    gateway) echo "-h --help --settings --check" ;;
    worker) echo "-h --help --settings --check --check-account" ;;
    register) echo "-h --help --url --slots --region --weight --backup --resumable --health --interval --start --drain" ;;
    renderer) echo "-h --help --settings --check" ;;
    render) echo "-h --help -t --template -c --config --once --dry --check --timeout --exec --reload-signal --wait --status-listen --log-level" ;;
    status) echo "-h --help --json --no-color --gateway --key-file" ;;
    watch) echo "-h --help --json --no-color --gateway --key-file" ;;
    regions) echo "-h --help --region --names --json --no-color --gateway --key-file" ;;
    workers) echo "-h --help --region --json --no-color --gateway --key-file" ;;
    explain) echo "-h --help --ip --region --json --no-color --gateway --key-file" ;;
    drain) echo "-h --help --by --why --force" ;;
    undrain) echo "-h --help --by --why --force" ;;
    dial) echo "-h --help --by --why --force" ;;
    solve) echo "-h --help --file --format --id --output --journal --skip-unreadable --again --same-ledger --price --concurrency --region --deadline --idempotency-key --json --gateway --key-file" ;;
    tasks) echo "-h --help --state --money --most --tenant --region --since --json" ;;
    spend) echo "-h --help --by --tenant --region --since --json" ;;
    tenant) echo "-h --help --file --json --role --weight --slots --queue --burst --daily --rate --host --retry-unknown" ;;
    doctor) echo "-h --help --for --region-file --account --no-gateway --json --no-color --gateway --key-file" ;;
    check-worker) echo "-h --help --level --task --other --fill --timeout --token-file --json --yes-it-may-cost" ;;
    completion) echo "-h --help" ;;
    esac
}

_nearway_takes() { # COMMAND and OPTION, or COMMAND and how many words came before that are no options
    case "$1 $2" in
    "demo --shift") echo anything ;;
    "demo --speed") echo anything ;;
    "demo --run") echo file ;;
    "register --url") echo anything ;;
    "register --slots") echo anything ;;
    "register --region") echo region ;;
    "register --weight") echo anything ;;
    "register --health") echo anything ;;
    "register --interval") echo anything ;;
    "register --start") echo anything ;;
    "register --drain") echo anything ;;
    "register 0") echo anything ;;
    "renderer 0") echo file ;;
    "render -t"|"render --template") echo anything ;;
    "render -c"|"render --config") echo file ;;
    "render --timeout") echo anything ;;
    "render --exec") echo anything ;;
    "render --reload-signal") echo anything ;;
    "render --wait") echo anything ;;
    "render --status-listen") echo anything ;;
    "render --log-level") echo anything ;;
    "status --gateway") echo anything ;;
    "status --key-file") echo file ;;
    "watch --gateway") echo anything ;;
    "watch --key-file") echo file ;;
    "regions --region") echo region ;;
    "regions --gateway") echo anything ;;
    "regions --key-file") echo file ;;
    "workers --region") echo region ;;
    "workers --gateway") echo anything ;;
    "workers --key-file") echo file ;;
    "explain --ip") echo anything ;;
    "explain --region") echo region ;;
    "explain --gateway") echo anything ;;
    "explain --key-file") echo file ;;
    "drain --by") echo anything ;;
    "drain --why") echo anything ;;
    "drain 0") echo region ;;
    "undrain --by") echo anything ;;
    "undrain --why") echo anything ;;
    "undrain 0") echo region ;;
    "dial --by") echo anything ;;
    "dial --why") echo anything ;;
    "dial 0") echo region ;;
    "dial 1") echo anything ;;
    "solve --file") echo file ;;
    "solve --format") echo words jsonl csv ;;
    "solve --id") echo anything ;;
    "solve --output") echo file ;;
    "solve --journal") echo file ;;
    "solve --price") echo anything ;;
    "solve --concurrency") echo anything ;;
    "solve --region") echo region ;;
    "solve --deadline") echo anything ;;
    "solve --idempotency-key") echo anything ;;
    "solve --gateway") echo anything ;;
    "solve --key-file") echo file ;;
    "solve 0") echo anything ;;
    "tasks --state") echo words waiting submitting accepted solved failed left ;;
    "tasks --money") echo words no yes unknown ;;
    "tasks --most") echo anything ;;
    "tasks --tenant") echo anything ;;
    "tasks --region") echo region ;;
    "tasks --since") echo anything ;;
    "tasks 0") echo anything ;;
    "spend --by") echo anything ;;
    "spend --tenant") echo anything ;;
    "spend --region") echo region ;;
    "spend --since") echo anything ;;
    "tenant --file") echo file ;;
    "tenant --role") echo words client viewer operator ;;
    "tenant --weight") echo anything ;;
    "tenant --slots") echo anything ;;
    "tenant --queue") echo anything ;;
    "tenant --burst") echo anything ;;
    "tenant --daily") echo anything ;;
    "tenant --rate") echo anything ;;
    "tenant --host") echo anything ;;
    "tenant 0") echo words add key revoke list ;;
    "tenant 1") echo anything ;;
    "tenant 2") echo anything ;;
    "doctor --for") echo words gateway worker renderer dial ;;
    "doctor --region-file") echo file ;;
    "doctor --gateway") echo anything ;;
    "doctor --key-file") echo file ;;
    "check-worker --level") echo words basic resumable ;;
    "check-worker --task") echo anything ;;
    "check-worker --other") echo anything ;;
    "check-worker --fill") echo anything ;;
    "check-worker --timeout") echo anything ;;
    "check-worker --token-file") echo file ;;
    "check-worker 0") echo anything ;;
    "completion 0") echo words bash zsh fish ;;
    esac
}

complete -F _nearway nearway
