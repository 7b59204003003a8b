# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of lsmctl for fish. lsmctl itself says what the word at the cursor could become (`lsmctl __complete WORD...`,
# see cmd/shared/offer.h), in just the form that fish wants, and fish quotes what it puts in.

function __lsmctl_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -lx PATH $PATH /usr/local/sbin /usr/sbin /sbin
    # Without its quotes, of which the last may be open still.
    set -l current
    for end in '' '"' "'"
        set current (string unescape -- "$typed$end"); and break
    end
    # Variables that are set for the command.
    while string match -qr '^\w+=' -- $words[1]
        set -e words[1]
    end
    command -q -- $words[1]; or return
    for line in ($words[1] __complete $words[2..] "$current" 2>/dev/null)
        set -l kind (string match -rg '^\t(.*)' -- $line)
        if test -z "$kind"
            printf '%s\n' $line
            continue
        end
        # fish's own list; the option in front of the name stays.
        set -l option (string match -r '^--[^=]*=' -- $current)
        set -l names (string replace -r '^--[^=]*=' '' -- $current)
        switch $kind
            case file
                printf '%s\n' "$option"(__fish_complete_path "$names")
            case directory
                printf '%s\n' "$option"(__fish_complete_directories "$names" '')
        end
    end
end

complete -c lsmctl -f -a '(__lsmctl_complete)'
