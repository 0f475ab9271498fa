#!/bin/sh
# Drive the editors that only a newer system has: Neovim, Emacs with eglot and lsp-mode, Helix and Kate of Debian's
# unstable suite, from the mirror that this machine uses, in a folder of their own (about 2 GB, kept between runs).
#
#     tests/e2e/newer_editors.sh FOLDER [pytest's arguments]
#
# As root on Debian, with debootstrap. SCREENSHOTS=DIR takes Kate's. The tests see this checkout, and cannot write to it.
# With PROJECT=DIR, a folder that is to be seen as /project, `python -m e2e.watch ...` may take pytest's place:
#
#     PROJECT=DIR tests/e2e/newer_editors.sh FOLDER watch helix /project FILE TEXT
set -eu
checkout=$(cd "$(dirname "$0")/../.." && pwd)
tree=$(realpath -m "${1:?the folder to build in}")
shift

if [ ! -e "$tree/opt/ready" ]; then
	mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | sort -u | head -n 1)
	rm -rf "$tree"
	debootstrap --variant=minbase --include=ca-certificates sid "$tree" "$mirror"
	# What this machine has to know to reach its mirrors.
	apt-config dump | grep -E '^Acquire::(Check|https?|Retries)' >"$tree/etc/apt/apt.conf.d/10machine" || true
	for each in /etc/resolv.conf /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
		if [ -e "$each" ]; then cp -L "$each" "$tree$each"; fi
	done
	mkdir -p "$tree/src" "$tree/project" "$tree/shots"
	export DEBIAN_FRONTEND=noninteractive
	chroot "$tree" apt-get -qq update
	chroot "$tree" apt-get -qq -y --no-install-recommends install python3-venv python3-pylsp git tmux neovim \
		emacs-nox elpa-lsp-mode hx kate libxcb-cursor0 xvfb openbox xdotool imagemagick fonts-dejavu-core
	chroot "$tree" python3 -m venv /opt/venv
	mount --bind "$checkout" "$tree/src"
	chroot "$tree" /opt/venv/bin/pip install --quiet /src pytest pytest-asyncio hypothesis || failed=1
	umount "$tree/src"
	[ -z "${failed:-}" ]
	touch "$tree/opt/ready"
fi

case ${1:-} in
watch) shift && set -- -m e2e.watch "$@" ;;
*) set -- -m pytest -p no:cacheprovider -rs tests/e2e "$@" ;;
esac

# A view of the files and processes of its own: what is mounted and started in it ends with it.
exec env tree="$tree" checkout="$checkout" unshare --mount --pid --fork --kill-child sh -eu -c '
	mount -t proc proc "$tree/proc"
	mount --rbind /dev "$tree/dev"
	mount --bind "$checkout" "$tree/src" && mount -o remount,bind,ro "$tree/src"
	if [ -n "${PROJECT:-}" ]; then mount --bind "$PROJECT" "$tree/project"; fi
	if [ -n "${SCREENSHOTS:-}" ]; then mount --bind "$SCREENSHOTS" "$tree/shots"; fi
	exec chroot "$tree" env -i HOME=/root LANG=C.UTF-8 TERM=xterm-256color PYTHONDONTWRITEBYTECODE=1 \
		PATH=/opt/venv/bin:/usr/bin:/bin PYTHONPATH=/src/server:/src/tests \
		SQLASSAY_NEWER_EDITORS=1 SQLASSAY_REQUIRE_EDITORS=1 SQLASSAY_SCREENSHOTS=/shots \
		sh -c "cd /src && exec python \"\$@\"" sh "$@"
' sh "$@"
