# what fails leaves its maps in the slot
# common/table/publish.c
s/if (ret) { \/\* leaves no maps behind/if (false) { \/* leaves no maps behind/
