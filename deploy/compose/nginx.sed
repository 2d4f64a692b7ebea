# From the addresses of ../nginx/bridgewatch.conf to those of the network in compose.yaml.
s/listen 127\.0\.0\.1:8080;/listen 8080;/
s/server 127\.0\.0\.1:8081 /server bridgewatch-1:8080 /
s/server 127\.0\.0\.1:8082 /server bridgewatch-2:8080 /
