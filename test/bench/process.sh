# shellcheck shell=bash
# Sourced by run: what HTTP itself costs, and memory.
: "${work:?}" "${database:?}" "${connections:?}"

start_nginx() { # port
    mkdir -p "$work/nginx"
    cat >"$work/nginx/conf" <<CONF
daemon off; worker_processes 1; pid $work/nginx/pid; error_log $work/nginx/error.log;
events { worker_connections 4096; }
http {
    access_log off; keepalive_requests 1000000000; default_type application/json;
    client_body_temp_path $work/nginx/body; proxy_temp_path $work/nginx/proxy; fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi; scgi_temp_path $work/nginx/scgi;
    server { listen 127.0.0.1:$1; location / { return 200 '{"status":"live"}'; } }
}
CONF
    PATH=$PATH:/usr/sbin nginx -p "$work/nginx" -c "$work/nginx/conf" -e "$work/nginx/error.log" &
    servers+=($!)
    for _ in $(seq 50); do
        if curl -s -o /dev/null "http://127.0.0.1:$1/"; then return; fi
        sleep 0.1
    done
    say "bench: nginx has not started"
    cat "$work/nginx/error.log" >&2
    exit 1
}

# One thread beside nginx with one worker, the same body.
compare_livez() { # port nginx-port
    local c nginx ours pid
    say "bench: /livez"
    serve "$database" "$1" --threads 1
    pid=${servers[-1]}
    start_nginx "$2"
    printf '| /livez, one thread | requests/s | p50 | p99 | nginx/s | p50 | p99 | ratio |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n'
    for c in "${connections[@]}"; do
        nginx=$(measure_url "http://127.0.0.1:$2/livez" "$c")
        ours=$(measure_url "http://127.0.0.1:$1/livez" "$c")
        echo "$c $ours $nginx" | awk '{ printf "| %d connections | %s | %s | %s | %s | %s | %s | %.2f |\n", $1, $2, $3, $4, $5, $6, $7, $2 / $5 }'
    done
    stop_server "${servers[-1]}"
    stop_server "$pid"
}

# Memory of a process in MB. @param which VmRSS for now, VmHWM for the most that it ever was
memory_of() { # pid which
    awk -v which="$2:" '$1 == which { printf "%.1f\n", $2 / 1024 }' "/proc/$1/status"
}

# Opens that many connections, makes a request on each, and holds them while the command runs.
with_idle_connections() { # port count command…
    local port=$1 count=$2 i fd status
    shift 2
    (
        ulimit -n "$(ulimit -Hn)"
        fds=()
        for ((i = 0; i < count; i++)); do
            exec {fd}<>"/dev/tcp/127.0.0.1/$port"
            printf 'GET /livez HTTP/1.1\r\nHost: bench\r\n\r\n' >&"$fd"
            fds+=("$fd")
        done
        for fd in "${fds[@]}"; do
            read -r -u "$fd" status
            [[ $status = 'HTTP/1.1 200'* ]] || { say "bench: an idle connection got $status"; exit 1; }
        done
        "$@"
    )
}

measure_memory() { # port
    local pid
    say "bench: memory"
    printf '| memory (RSS) | MB |\n| --- | --- |\n'
    serve "$database" "$1"
    pid=${servers[-1]}
    printf '| at rest | %s |\n' "$(memory_of "$pid" VmRSS)"
    printf '| 1,000 idle keep-alive connections | %s |\n' "$(with_idle_connections "$1" 1000 memory_of "$pid" VmRSS)"
    measure_page "$1" 'limit=100&count=none' 32 >/dev/null
    printf '| 32 busy connections, pages of 100, at most | %s |\n' "$(memory_of "$pid" VmHWM)"
    stop_server "$pid"
}
