# Installs what is missing with the system's packages, after saying what. To be sourced.

# Where there is no apt-get it does nothing: whoever needs a command says that it is missing.
install_missing() { # one of these commands|or these=packages …
  local wanted candidate commands packages=() sudo=(env)
  for wanted in "$@"; do
    IFS='|' read -ra commands <<<"${wanted%%=*}"
    for candidate in "${commands[@]}"; do
      command -v "$candidate" >/dev/null || compgen -G "/usr/lib/postgresql/*/bin/$candidate" >/dev/null && continue 2
    done
    read -ra commands <<<"${wanted#*=}"
    packages+=("${commands[@]}")
  done
  ((${#packages[@]})) && command -v apt-get >/dev/null || return 0
  ((EUID == 0)) || sudo=(sudo)
  echo "$0: installing with apt-get: ${packages[*]}" >&2
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >&2
}
