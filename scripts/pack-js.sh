#!/usr/bin/env bash
# Builds the npm package and packs it under a name without a version, for the page to depend on. Run by wasm-env.sh.
source "$(dirname "$0")/lib.sh"
cd "$root/js"

npm run build
npm pack --silent >/dev/null
mv "mobileim-$(node -p 'require("./package.json").version').tgz" mobileim.tgz
