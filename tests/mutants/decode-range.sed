# rules of a range of users are not found
# common/rule/subject.c
s/? range_id(rule->id, rule->id_to) : rule->id;/? range_id(rule->id, rule->id) : rule->id;/
