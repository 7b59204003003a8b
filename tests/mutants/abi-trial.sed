# a trial lasts an instant longer than its time
# bpf/abi.h
s/now >= config->trial_until/now > config->trial_until/
