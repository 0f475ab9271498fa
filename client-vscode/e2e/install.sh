#!/bin/sh
# Installs VS Code as code-server, built here from its npm package, into the folder that is named. That is VS Code's own
# workbench and extension host, in a browser rather than a desktop window. Nothing is downloaded but npm packages.
#
# Needs Node 20, and on Debian: apt-get install build-essential python3 ripgrep
set -eu

VERSION=4.100.3 # with VS Code 1.100.3, the last for Node 20
folder=${1:?the folder to install into}
mkdir -p "$folder"
cd "$folder"
folder=$PWD
[ "$(cat .installed 2>/dev/null)" != "$VERSION" ] || exit 0
case $(node --version) in
v20.*) ;;
*) echo "code-server $VERSION needs Node 20; this is $(node --version)" >&2 && exit 1 ;;
esac
rm -rf node_modules package.json package-lock.json

quietly() {
  "$@" >install.log 2>&1 || { cat install.log >&2; exit 1; }
}
packages() {
  quietly npm install --ignore-scripts --no-audit --no-fund --omit=dev "$@"
}

export npm_config_yes=true
# Where Node came with its headers (Debian's and most others), native packages are built with those.
prefix=$(node --print 'require("path").resolve(process.execPath, "../..")')
[ ! -e "$prefix/include/node/node.h" ] || export npm_config_nodedir="$prefix"
echo '{ "private": true }' >package.json
packages "code-server@$VERSION"
root=$folder/node_modules/code-server
quietly npm rebuild --ignore-scripts=false argon2
cd "$root/lib/vscode"
packages
# Its install script would download a ripgrep, unless one is there.
mkdir -p node_modules/@vscode/ripgrep/bin
ln -sf "$(command -v rg)" node_modules/@vscode/ripgrep/bin/rg
quietly npm rebuild --ignore-scripts=false @vscode/spdlog node-pty native-watchdog @parcel/watcher
rm -rf node_modules.asar
ln -s node_modules node_modules.asar
cd extensions
packages
HOME=$folder XDG_CONFIG_HOME=$folder/home XDG_DATA_HOME=$folder/home node "$root/out/node/entry.js" --version
echo "$VERSION" >"$folder/.installed"
