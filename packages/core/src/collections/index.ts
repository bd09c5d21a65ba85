export { type Linked, LinkedList } from './linked-list.ts';
